_base_ = "./keypoint-rcnn_r50-fpn_60e_instruments-320x320.py"
from surgtools.configs.pipelines import box_pipelines

taxonomy = "coco_person"
train_pipeline, test_pipeline = box_pipelines(
    (320, 320), pack="PackOneStageInputs", annotations="raw_ann_info", angle=20
)

model = dict(taxonomy=taxonomy)
train_dataloader = dict(dataset=dict(taxonomy=taxonomy, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(taxonomy=taxonomy))
test_dataloader = val_dataloader
