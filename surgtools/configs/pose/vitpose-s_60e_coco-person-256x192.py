# Persons with COCO's 17 keypoints; MMPose's checkpoints of ViTPose-small load as they are.
_base_ = "./vitpose-s_60e_instruments-256x256.py"
from surgtools.configs.pipelines import pose_pipelines

taxonomy = "coco_person"
size = (192, 256)
heatmap = dict(
    type="UnionHeatmap",
    input_size=size,
    heatmap_size=(48, 64),
    sigma=2,
    taxonomy=taxonomy,
    as_host=True,
)
codec = heatmap

model = dict(
    backbone=dict(img_size=size[::-1]),
    head=dict(decoder=heatmap, taxonomy=taxonomy),
)

train_pipeline, test_pipeline = pose_pipelines(size, encoder=heatmap, use_udp=True, rotate=60)

train_dataloader = dict(dataset=dict(taxonomy=taxonomy, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(taxonomy=taxonomy, pipeline=test_pipeline))
test_dataloader = val_dataloader
