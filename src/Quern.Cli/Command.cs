using Quern.Cli.Options;

namespace Quern.Cli;

/// <summary>Exit codes of every command: the one list of them.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Refused = 1;
    public const int Usage = 2;
}

/// <summary>One command: its words, its help, and what it does.</summary>
/// <param name="Usage">What follows the name on the first line of help.</param>
/// <param name="StopAtWord">The first word that is no option begins a command of its own.</param>
internal sealed record Command(
    string Name, string Usage, string Summary, IReadOnlyList<Option> Options, IReadOnlyList<string> Examples,
    Func<ParsedOptions, CancellationToken, Task<int>> RunAsync, bool StopAtWord = false)
{
    public static readonly Option Help = new("help", null, "Shows this.");
    public static readonly Option Version = new("version", null, "Shows the version.");
    public static readonly Option State = new("state", "DIR", "The state folder of the farm meant; QUERN_STATE.") { IsOurs = true };
    public static readonly Option Json = new("json", null, "Prints JSON.") { IsOurs = true };

    public void PrintHelp(TextWriter to)
    {
        to.WriteLine($"{Name} {Usage}".TrimEnd());
        to.WriteLine(Summary);
        to.WriteLine();
        foreach (var option in Options)
        {
            var left = $"  --{option.Name}{(option.Value is null ? "" : " " + option.Value)}";
            to.WriteLine($"{left,-28} {option.Help}{(option.Aliases.Length == 0 ? "" : $" (also {string.Join(", ", option.Aliases.Select(alias => (alias.Length == 1 ? "-" : "--") + alias))})")}");
        }

        if (Examples.Count > 0)
        {
            to.WriteLine();
            to.WriteLine("Examples:");
            foreach (var example in Examples)
            {
                to.WriteLine("  " + example);
            }
        }

        to.WriteLine();
        to.WriteLine("An option may have one dash or two and may be shortened while it stays unique. Exit: 0 done, 1 refused, 2 misused.");
    }
}
