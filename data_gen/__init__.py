"""The generator: labelled synthetic pictures and video of surgical instruments.

It runs in its own process (Blender's Python module and BlenderProc are GPL), imports only floors
0 and 1 of ``surgtools``, and nothing imports it. Start it with ``surgtools generate``.

Words that mean one thing here:

- A *body* is one thing: an instrument, a hand, a gown. It has parts, a pose and a look.
- *Placement* says how one body comes to rest: on the ground, on others, at a pixel.
- *Arrangement* decides which instruments a scene has, and which lie, float or are held.
- *Hands* hold them or stay empty. *Furnishings* are the large things around: sheets, gauze, heaps.
- *Surroundings* are what is no body: ground, backdrop, sky and lamps.
- A *scene* is all of these before a camera, as numbers. The *stage* is the scene inside Blender.
- A *frame* is what one scene becomes: picture, layer and labels.
"""
