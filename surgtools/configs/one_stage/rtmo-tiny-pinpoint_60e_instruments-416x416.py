# RTMO whose keypoints are corrected on the level of stride 8.
_base_ = "./rtmo-tiny_60e_instruments-416x416.py"

model = dict(head=dict(type="PinpointRTMOHead"))
