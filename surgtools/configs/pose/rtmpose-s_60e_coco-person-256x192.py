# Persons with COCO's 17 keypoints. MMPose's checkpoints of this network and size load as they are
# and answer as they do there; a training may start from one with `load_from`.
_base_ = "./rtmpose-s_60e_instruments-256x256.py"
from surgtools.configs.pipelines import pose_pipelines

taxonomy = "coco_person"
size = (192, 256)
simcc = dict(
    type="UnionSimCC", input_size=size, sigma=(4.9, 5.66), taxonomy=taxonomy, as_host=True
)
codec = simcc

model = dict(
    head=dict(input_size=size, in_featuremap_size=(6, 8), decoder=simcc, taxonomy=taxonomy),
)

train_pipeline, test_pipeline = pose_pipelines(size, encoder=simcc, rotate=60)

train_dataloader = dict(dataset=dict(taxonomy=taxonomy, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(taxonomy=taxonomy, pipeline=test_pipeline))
test_dataloader = val_dataloader
