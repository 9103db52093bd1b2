"""The generator: labelled synthetic pictures and video of surgical instruments.

It runs in its own process (Blender's Python module and BlenderProc are GPL), imports only floors
0 and 1 of ``surgtools``, and nothing imports it. Start it with ``surgtools generate``.
"""
