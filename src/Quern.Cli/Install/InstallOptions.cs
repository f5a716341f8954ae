using Quern.Cli.Options;

namespace Quern.Cli.Install;

/// <summary>Options of the commands that change how this machine starts its programs.</summary>
internal static class InstallOptions
{
    public static readonly Option DryRun = new("dry-run", null, "Shows each step and does none.");
    public static readonly Option Prefix = new("prefix", "DIR", "Where the programs go: DIR/bin (/opt/quern).");
    public static readonly Option Purge = new("purge", null, "Also removes what the farm kept here, and the account.");
    public static readonly Option Now = new("now", null, "Ends what runs instead of waiting for it.");
    public static readonly Option Service = new("service", null, "The worker of the machine, started at boot as root.");

    public static readonly Option Desktop = new("desktop", null, "Your own worker, started with your graphical session.");

    /// <summary>PREFIX, without a slash at its end.</summary>
    public static string PrefixOf(ParsedOptions options) => Path.TrimEndingDirectorySeparator(options.Text("prefix") ?? UnitFiles.UsualPrefix);

    /// <exception cref="UsageException">There is a word that is no option.</exception>
    public static ParsedOptions Parse(IReadOnlyList<Option> options, string[] words, string command)
    {
        var parsed = OptionParser.Parse(options, words);
        return parsed.Words.Count == 0 ? parsed : throw new UsageException($"'{parsed.Words[0]}' is not an option; {command} --help lists them");
    }
}
