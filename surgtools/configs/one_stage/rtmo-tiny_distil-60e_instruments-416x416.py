# The student of `tools/label_for_student.py`: it also sees every picture as cameras of few pixels
# would, while the labels are those that its teacher gave to the whole picture.
_base_ = "./rtmo-tiny_60e_instruments-416x416.py"
from surgtools.configs.pipelines import box_pipelines, student_pipeline

train_pipeline = student_pipeline(
    box_pipelines((416, 416), pack="PackOneStageInputs")[0],
    "detector",
    low_resolution=(1, 1, 1, 2, 4, 8, 12),
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
