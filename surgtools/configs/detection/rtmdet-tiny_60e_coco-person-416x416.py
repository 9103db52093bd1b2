_base_ = "./rtmdet-tiny_60e_instruments-320x320.py"
from surgtools.configs.pipelines import box_pipelines

taxonomy = "coco_person"
train_pipeline, test_pipeline = box_pipelines((416, 416), angle=20)

model = dict(bbox_head=dict(taxonomy=taxonomy))
train_dataloader = dict(dataset=dict(taxonomy=taxonomy, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(taxonomy=taxonomy, pipeline=test_pipeline))
test_dataloader = val_dataloader
