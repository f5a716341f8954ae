using Quern.Client;

namespace Quern.Cli.Install;

/// <summary>Has quern-worker join its farm and end again, so that a token that is refused is said at once and not in a log.</summary>
internal sealed class WorkerJoin(Machine machine)
{
    /// <param name="bin">Folder of the programs.</param>
    /// <param name="mode">Options that say which worker.</param>
    /// <param name="join">A token; null = the supervisor of the same state.</param>
    /// <exception cref="FarmException">The supervisor's or the worker's sentence.</exception>
    public void Run(string bin, IEnumerable<string> mode, string? join)
    {
        string[] words = [.. mode, "--join-only", .. join is null ? Array.Empty<string>() : ["--join", join]];
        var result = machine.Run(bin + "/quern-worker", words);
        if (result.Code == 0)
        {
            return;
        }

        const string Name = "quern-worker: ";
        var why = result.LastWords;
        throw new FarmException(why.StartsWith(Name, StringComparison.Ordinal) ? why[Name.Length..] : why, false);
    }
}
