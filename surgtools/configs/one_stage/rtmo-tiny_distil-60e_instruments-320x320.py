# The student for a machine without a card: half of the pixels, so half of the time. Labels of a
# pair have no outlines, and the box of a turned box is too large: pictures are hardly turned.
_base_ = "./rtmo-tiny_60e_instruments-416x416.py"
from surgtools.configs.pipelines import box_pipelines, student_pipeline

train_pipeline, test_pipeline = box_pipelines(
    (320, 320), pack="PackOneStageInputs", annotations="raw_ann_info", angle=15
)
train_pipeline = student_pipeline(
    train_pipeline, "detector", low_resolution=(1, 1, 1, 2, 4, 8, 12)
)
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=2e-3))
auto_scale_lr = dict(base_batch_size=8)
