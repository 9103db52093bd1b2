# Persons of whom the picture shows a part: in training its border cuts most of them off.
_base_ = "./rtmdet-tiny_60e_coco-person-416x416.py"
from surgtools.configs.pipelines import box_pipelines

train_pipeline, test_pipeline = box_pipelines(
    (416, 416), angle=20, scale=(0.8, 3.0), shift=0.4, min_visible=0.1
)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
