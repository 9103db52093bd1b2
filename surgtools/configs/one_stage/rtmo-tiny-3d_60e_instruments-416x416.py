# RTMO that also learns where keypoints lie in space, from the `keypoints_3d` of renders. Pictures
# are not tilted: a tilted one shows what no camera would.
_base_ = "./rtmo-tiny_60e_instruments-416x416.py"
from surgtools.configs.pipelines import box_pipelines

model = dict(head=dict(type="SpatialRTMOHead"))
train_pipeline, _ = box_pipelines(
    (416, 416), pack="PackOneStageInputs", annotations="raw_ann_info", tilt=0.0
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
