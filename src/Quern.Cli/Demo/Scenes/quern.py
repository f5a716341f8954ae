# A quern in Blender: the same two millstones as quern.pov, one turn of the upper stone over the animation.
# Run as: blender -b --factory-startup -P quern.py -- FRAME
import math
import os
import random
import sys

import bpy

FRAMES, WIDTH, HEIGHT, DIGITS = @FRAMES@, @WIDTH@, @HEIGHT@, @DIGITS@
frame = int(sys.argv[sys.argv.index("--") + 1])
clock = (frame - 1) / FRAMES
chance = random.Random(1848)

bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene


def material(name, red, green, blue, roughness=0.8):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (red, green, blue, 1)
    shader.inputs["Roughness"].default_value = roughness
    made.diffuse_color = (red, green, blue, 1)
    return made


stone = material("stone", 0.32, 0.30, 0.28)
upper = material("upper stone", 0.45, 0.38, 0.30)
oak = material("oak", 0.25, 0.12, 0.05, 0.5)
wheat = material("wheat", 0.75, 0.45, 0.12, 0.4)
flour = material("flour", 0.9, 0.86, 0.76)


def cylinder(radius, depth, place, look, parent=None):
    bpy.ops.mesh.primitive_cylinder_add(vertices=96, radius=radius, depth=depth, location=place)
    made = bpy.context.object
    made.data.materials.append(look)
    made.parent = parent
    return made


def ellipsoid(size, place, turn, look):
    bpy.ops.mesh.primitive_uv_sphere_add(segments=12, ring_count=8, radius=1, location=place, rotation=turn)
    made = bpy.context.object
    made.scale = size
    made.data.materials.append(look)
    return made


bpy.ops.mesh.primitive_plane_add(size=40, location=(0, 0, 0))
bpy.context.object.data.materials.append(oak)
cylinder(2.35, 0.72, (0, 0, 0.36), stone)
cylinder(2.95, 0.30, (0, 0, 0.15), oak)
cylinder(2.75, 0.04, (0, 0, 0.32), flour)

axis = bpy.data.objects.new("axis", None)
scene.collection.objects.link(axis)
cylinder(2.2, 0.7, (0, 0, 1.12), upper, axis)
cylinder(0.45, 0.02, (0, 0, 1.48), stone, axis)
cylinder(0.11, 1.4, (1.6, 0, 2.1), oak, axis)
for furrow in range(12):
    bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 0, 0))
    groove = bpy.context.object
    groove.scale = (1.2, 0.06, 0.03)
    angle = furrow * math.pi / 6
    groove.location = (1.4 * math.cos(angle), 1.4 * math.sin(angle), 1.475)
    groove.rotation_euler = (0, 0, angle + 0.3)
    groove.data.materials.append(stone)
    groove.parent = axis
axis.rotation_euler = (0, 0, 2 * math.pi * clock)

for grain in range(60):
    start, aside, across = chance.random(), chance.uniform(-0.12, 0.12), chance.uniform(-0.12, 0.12)
    turn = (chance.uniform(0, 6), chance.uniform(0, 6), chance.uniform(0, 6))
    fall = (3 * clock + start) % 1
    height = 4.0 - 2.5 * fall * (0.35 + 0.65 * fall)
    ellipsoid((0.085, 0.04, 0.04), (aside * (1 + fall), across * (1 + fall), height), turn, wheat)

bpy.ops.object.light_add(type="SUN", location=(-6, -5, 9), rotation=(0.7, -0.4, -0.5))
bpy.context.object.data.energy = 3.5
bpy.ops.object.camera_add(location=(0, -11.5, 4.6), rotation=(math.radians(76), 0, 0))
bpy.context.object.data.lens = 42
scene.camera = bpy.context.object
world = bpy.data.worlds.new("sky")
world.use_nodes = True
world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.45, 0.6, 0.85, 1)
scene.world = world

# Cycles on the processor: the only engine that needs no display.
scene.render.engine = "CYCLES"
scene.cycles.device = "CPU"
scene.cycles.samples = 12
scene.cycles.use_denoising = False
scene.render.threads_mode = "FIXED"
scene.render.threads = 1
scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
scene.render.image_settings.file_format = "PNG"
scene.frame_set(frame)
scene.render.filepath = os.path.join(os.getcwd(), "frames", f"quern{frame:0{DIGITS}d}.png")
bpy.ops.render.render(write_still=True)
