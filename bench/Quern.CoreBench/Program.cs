// Measures Quern.Core alone, on one thread: usage `bench/core [--quick] [--seed N]`. See docs/performance.md.
using Quern.CoreBench;

var size = args.Contains("--quick") ? FarmSize.Quick : FarmSize.Full;
var at = Array.IndexOf(args, "--seed");
var seed = at >= 0 && at + 1 < args.Length && int.TryParse(args[at + 1], out var given) ? given : 1;
new CoreBench(size, seed).Run();
