"""A material's shader and short ways to feed it: noise, blends, bumps in the object's meters."""

import bpy


class ShaderTree:
    """A node tree with a principled shader, and short ways to feed it."""

    def __init__(self, tree) -> None:
        self.tree = tree
        self.shader = tree.nodes["Principled BSDF"]
        self.coordinates = self.node("ShaderNodeTexCoord").outputs["Object"]

    def node(self, kind: str, **settings):
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        return node

    def feed(self, socket, value) -> None:
        """Link an output, or write a value."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def set(self, **inputs) -> None:
        for name, value in inputs.items():
            self.feed(self.shader.inputs[name.replace("_", " ")], value)

    def noise(self, scale: tuple[float, float, float], seed: float, detail: float = 2.0):
        """Noise in [0, 1], ``scale`` cells per meter along x, y, z."""
        mapping = self.node("ShaderNodeMapping")
        self.feed(mapping.inputs["Vector"], self.coordinates)
        mapping.inputs["Scale"].default_value = scale
        mapping.inputs["Location"].default_value = (seed, 1.7 * seed, 0.3 * seed)
        noise = self.node("ShaderNodeTexNoise")
        self.feed(noise.inputs["Vector"], mapping.outputs["Vector"])
        noise.inputs["Scale"].default_value = 1.0
        noise.inputs["Detail"].default_value = detail
        return noise.outputs["Fac"]

    def ranged(self, value, low: float, high: float, to_low: float, to_high: float):
        """Map [low, high] to [to_low, to_high], clamped."""
        node = self.node("ShaderNodeMapRange")
        self.feed(node.inputs["Value"], value)
        for name, number in (
            ("From Min", low),
            ("From Max", high),
            ("To Min", to_low),
            ("To Max", to_high),
        ):
            node.inputs[name].default_value = number
        return node.outputs["Result"]

    def blend(self, factor, first, second):
        """Color between two RGBA values."""
        node = self.node("ShaderNodeMix", data_type="RGBA")
        self.feed(node.inputs[0], factor)
        self.feed(node.inputs[6], first)
        self.feed(node.inputs[7], second)
        return node.outputs[2]

    def total(self, first, second):
        node = self.node("ShaderNodeMath", operation="ADD")
        self.feed(node.inputs[0], first)
        self.feed(node.inputs[1], second)
        return node.outputs[0]

    def bump(self, height, strength: float, distance: float):
        node = self.node("ShaderNodeBump")
        self.feed(node.inputs["Height"], height)
        node.inputs["Strength"].default_value = strength
        node.inputs["Distance"].default_value = distance
        return node.outputs["Normal"]
