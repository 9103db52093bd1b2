_base_ = "../configs/detection/rtmdet-lite0_60e_instruments-960x544.py"
# It was trained on small instruments, the other one on large ones. Sizes are diagonals of a box
# over the shorter side of the picture.
beside = dict(model="rtmdet-tiny-416_instruments", smallest=0.5, largest=0.6)
# Its scores are low; the presence of the pose model decides. Further views of a whole picture add
# less than they cost; mirrored crops of what may be an instrument add more.
model = dict(test_cfg=dict(max_per_img=16))
shown = 0.25
several_views = False
mirrored_from = 0.2
