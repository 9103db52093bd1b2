"""From pixels to space: cameras, instrument models, poses, several views, movements.

Nothing here needs torch. Points are in the frame of a camera (x right, y down, z forward, meters)
unless a name says otherwise; pixel centers are on integers.
"""
