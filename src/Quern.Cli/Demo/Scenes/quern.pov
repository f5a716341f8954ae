// A quern: two millstones, the upper one turning, grain falling into its eye and flour leaving its skirt. One turn of the clock (0 to 1)
// is one turn of the stone, so that the movie loops.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 6 }

#declare Turn = clock * 360;
#declare Chance = seed(1848);

camera {
  perspective
  location vrotate(<0, 3.3, -12.4>, <0, 18 * sin(2 * pi * clock), 0>)
  look_at <0, 1.9, 0>
  angle 42
  right x * image_width / image_height
}

light_source { <-14, 18, -12> color rgb <1.35, 1.15, 0.88> }
light_source { <16, 9, -4> color rgb <0.16, 0.22, 0.34> shadowless }

// Early sky, clouds drifting a full cell so that they meet their beginning.
sky_sphere {
  pigment { gradient y color_map { [0.40 rgb <0.98, 0.66, 0.38>] [0.50 rgb <0.97, 0.78, 0.56>] [0.56 rgb <0.62, 0.72, 0.86>] [1.00 rgb <0.13, 0.30, 0.62>] } scale 2 translate -1 }
  pigment {
    bozo turbulence 0.55 octaves 5 omega 0.55
    color_map { [0.00 rgbt <1, 1, 1, 1>] [0.52 rgbt <1, 0.96, 0.9, 1>] [0.78 rgbt <1, 0.93, 0.86, 0.25>] [1.00 rgbt <1, 1, 1, 0.1>] }
    scale <0.55, 0.16, 0.55> translate <0.15 * cos(2 * pi * clock), 0, 0.15 * sin(2 * pi * clock)>
  }
}

// Stone: one texture for both halves, told apart by colour.
#macro Stone(Tint)
  texture {
    pigment { granite color_map { [0.0 rgb Tint * 0.55] [0.45 rgb Tint * 0.9] [0.7 rgb Tint] [1.0 rgb Tint * 1.15] } scale 0.6 }
    normal { granite 0.35 scale 0.5 }
    finish { diffuse 0.75 ambient 0.06 specular 0.08 roughness 0.08 }
  }
#end

#declare Oak = texture {
  pigment { wood turbulence 0.06 color_map { [0.0 rgb <0.42, 0.25, 0.12>] [0.6 rgb <0.55, 0.34, 0.17>] [1.0 rgb <0.30, 0.17, 0.08>] } scale 0.16 rotate <4, 0, 0> }
  finish { diffuse 0.7 ambient 0.05 specular 0.15 roughness 0.05 }
}

#declare Wheat = texture { pigment { color rgb <0.86, 0.62, 0.24> } finish { diffuse 0.8 ambient 0.08 specular 0.3 roughness 0.03 } }
#declare Flour = texture { pigment { color rgb <0.96, 0.93, 0.85> } normal { bumps 0.4 scale 0.03 } finish { diffuse 0.85 ambient 0.1 } }

// The table, of planks.
union {
  #declare Plank = -6;
  #while (Plank < 6)
    box { <-9, -0.25, Plank * 1.1 + 0.02>, <9, 0, Plank * 1.1 + 1.08> texture { Oak rotate y * 90 translate <Plank * 3.7, Plank * 0.31, 0> } }
    #declare Plank = Plank + 1;
  #end
}

// The hills behind.
union {
  sphere { <-16, -11, 34>, 13 }
  sphere { <8, -17.5, 42>, 19 }
  sphere { <30, -12.5, 38>, 15 }
  texture { pigment { bozo color_map { [0 rgb <0.20, 0.30, 0.13>] [1 rgb <0.38, 0.44, 0.20>] } scale 4 } finish { diffuse 0.7 ambient 0.12 } }
}

// The lower stone lies still, in a ring that keeps the flour.
cylinder { <0, 0, 0>, <0, 0.72, 0>, 2.35 Stone(<0.56, 0.54, 0.52>) }
difference {
  cylinder { <0, 0, 0>, <0, 0.42, 0>, 3.05 }
  cylinder { <0, 0.1, 0>, <0, 0.6, 0>, 2.85 }
  texture { Oak rotate x * 90 }
}

// The upper stone: its eye, the furrows of its back and the handle show that it turns.
union {
  difference {
    merge {
      cylinder { <0, 0.78, 0>, <0, 1.42, 0>, 2.2 }
      torus { 2.06, 0.14 translate y * 1.42 }
      cylinder { <0, 1.42, 0>, <0, 1.56, 0>, 2.06 }
    }
    cylinder { <0, 0.7, 0>, <0, 1.7, 0>, 0.42 }
    cone { <0, 1.3, 0>, 0.42, <0, 1.6, 0>, 0.8 }
    #declare Furrow = 0;
    #while (Furrow < 12)
      cylinder { <0.95, 1.60, 0>, <2.02, 1.60, 0.55>, 0.09 rotate y * Furrow * 30 }
      #declare Furrow = Furrow + 1;
    #end
    Stone(<0.70, 0.64, 0.56>)
  }
  cylinder { <1.62, 1.4, -0.55>, <1.62, 2.75, -0.55>, 0.11 texture { Oak rotate x * 90 scale 0.5 } }
  sphere { <1.62, 2.78, -0.55>, 0.19 texture { Oak scale 0.5 } }
  torus { 0.13, 0.05 translate <1.62, 1.6, -0.55> texture { pigment { rgb <0.20, 0.19, 0.2> } finish { diffuse 0.5 specular 0.5 roughness 0.02 } } }
  rotate y * Turn
}

// The hopper above, on two posts.
difference {
  cone { <0, 3.2, 0>, 0.24, <0, 4.0, 0>, 1.0 }
  cone { <0, 3.19, 0>, 0.17, <0, 4.01, 0>, 0.92 }
  texture { Oak rotate x * 90 }
}
union {
  cylinder { <-2.75, 0, 0.9>, <-2.75, 3.85, 0.9>, 0.11 }
  cylinder { <2.75, 0, 0.9>, <2.75, 3.85, 0.9>, 0.11 }
  cylinder { <-2.9, 3.7, 0.9>, <2.9, 3.7, 0.9>, 0.1 }
  cylinder { <-0.55, 3.7, 1.0>, <-0.55, 3.75, 0>, 0.07 }
  cylinder { <0.55, 3.7, 1.0>, <0.55, 3.75, 0>, 0.07 }
  texture { Oak rotate x * 90 scale 0.6 }
}
union {
  #declare Grain = 0;
  #while (Grain < 90)
    #declare Reach = 0.75 * sqrt(rand(Chance));
    #declare Where = rand(Chance) * 360;
    sphere { 0, 1 scale <0.10, 0.045, 0.045> rotate <0, rand(Chance) * 360, rand(Chance) * 50> translate <Reach, 3.92 + 0.16 * (1 - Reach), 0> rotate y * Where }
    #declare Grain = Grain + 1;
  #end
  texture { Wheat }
}

// Grain falls from the hopper into the eye, each on its own place in the fall, three falls a turn.
union {
  #declare Grain = 0;
  #while (Grain < 70)
    #declare Start = rand(Chance);
    #declare Aside = <rand(Chance) - 0.5, 0, rand(Chance) - 0.5> * 0.2;
    #declare Spin = <rand(Chance), rand(Chance), rand(Chance)> * 360;
    #declare Fall = mod(3 * clock + Start, 1);
    sphere { 0, 1 scale <0.085, 0.04, 0.04> rotate Spin + <0, 720, 360> * Fall translate Aside * (1 + 0.9 * Fall) + <0, 3.2 - 2.1 * Fall * (0.35 + 0.65 * Fall), 0> }
    #declare Grain = Grain + 1;
  #end
  texture { Wheat }
}

// Flour leaves between the stones and lies in the ring.
torus { 2.6, 0.30 scale <1, 0.75, 1> translate y * 0.08 texture { Flour } }
union {
  #declare Speck = 0;
  #while (Speck < 130)
    #declare Start = rand(Chance);
    #declare Where = rand(Chance) * 360;
    #declare Size = 0.012 + 0.02 * rand(Chance);
    #declare Far = mod(2 * clock + Start, 1);
    sphere { <2.2 + 0.45 * Far, 0.76 + 0.10 * Far - 0.60 * Far * Far, 0>, Size rotate y * (Where + 40 * Far) }
    #declare Speck = Speck + 1;
  #end
  texture { Flour }
}
union {
  #declare Grain = 0;
  #while (Grain < 40)
    sphere { 0, 1 scale <0.11, 0.05, 0.05> rotate y * rand(Chance) * 360 translate <3.4 + 1.6 * rand(Chance), 0.05, -3.4 + 2.4 * rand(Chance)> }
    #declare Grain = Grain + 1;
  #end
  texture { Wheat }
}
