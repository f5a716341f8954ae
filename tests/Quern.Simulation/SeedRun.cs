namespace Quern.Simulation;

/// <summary>A seed as the command line runs it.</summary>
internal static class SeedRun
{
    /// <returns>Exit code: 0 = every law held.</returns>
    public static int Print(ulong seed, bool isVerbose)
    {
        var scenario = new Scenario(seed, isVerbose ? Console.Out : null);
        try
        {
            Console.WriteLine($"seed {seed}: {scenario.Run()}");
            return 0;
        }
        catch (Exception error)
        {
            Console.WriteLine($"seed {seed} at {scenario.World.Time} ms: {(error is LawBroken or Core.InvariantException ? error.Message : error.ToString())}");
            Console.WriteLine($"see all of it with ./quern sim {seed} --verbose");
            return 1;
        }
    }
}
