using System.Globalization;
using Quern.Simulation;

// `Quern.Simulation [sim] SEED [--verbose]` runs one seed; `sim` alone takes one of the day; anything else is for the test runner.
var words = args.Where(arg => arg != "sim").ToArray();
var isSeed = words.Length > 0 && ulong.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out _);
if (isSeed || args.Contains("sim"))
{
    var seed = isSeed ? ulong.Parse(words[0], CultureInfo.InvariantCulture) : (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    return SeedRun.Print(seed, words.Contains("--verbose"));
}

return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
