_base_ = "../detection/rtmdet-tiny_60e_instruments-320x320.py"
from surgtools.configs.pipelines import box_pipelines

# Few instruments per picture: the host's 512 samples and 100 detections would be mostly ground.
model = dict(
    _delete_=True,
    type="InstrumentKeypointRCNN",
    data_preprocessor=dict(
        type="DetDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    rpn_post_nms_top_n_train=500,
    rpn_post_nms_top_n_test=300,
    box_batch_size_per_image=128,
    box_detections_per_img=20,
)

train_pipeline, test_pipeline = box_pipelines(
    (320, 320), pack="PackOneStageInputs", annotations="raw_ann_info"
)

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type="InstrumentMetric")
test_evaluator = val_evaluator

optim_wrapper = dict(optimizer=dict(lr=2e-4))
auto_scale_lr = dict(base_batch_size=8)
default_hooks = dict(checkpoint=dict(save_best="keypoints/AP"))
