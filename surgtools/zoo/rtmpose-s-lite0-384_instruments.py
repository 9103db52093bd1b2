_base_ = "../configs/pose/rtmpose-s-lite0_60e_instruments-384x384.py"
# It takes scissors on a table for needle holders more often than the pose network of `accurate`,
# which in its turn makes things up in an operating field. There the detectors propose more boxes.
second_opinion = dict(model="rtmpose-s-384_instruments", most_boxes=16, counted_from=0.25)
