# RTMO whose keypoints are corrected on the level of stride 8.
_base_ = "./rtmo-tiny_60e_instruments-416x416.py"

several_views = True  # of pictures, as a pair: four views raised keypoint AP, see RESULTS.md
model = dict(head=dict(type="PinpointRTMOHead"))
