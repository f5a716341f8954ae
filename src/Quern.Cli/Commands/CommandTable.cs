using Quern.Cli.Administration;
using Quern.Cli.Passwords;

namespace Quern.Cli.Commands;

internal static class CommandTable
{
    private static readonly IReadOnlyList<Func<Command>> Makers =
    [
        SubmitCommand.Make, JobsCommand.Make, HostsCommand.Make, JobOrderCommand.Make, () => OutputCommand.Make("qbout", isError: false), () => OutputCommand.Make("qberr", isError: true),
        HistoryCommand.Make, PingCommand.Make, () => LockCommand.Make("qblock"), () => LockCommand.Make("qbunlock"), ModifyCommand.Make, ArchiveCommand.Make, TriggerCommand.Make, ConfigFileCommand.Make, LoginCommand.Make, HashCommand.Make,
        UsersCommand.Make, ResourceCommand.Make, SummaryCommand.Make, StatsCommand.Make, AdminCommand.Make,
    ];

    private static readonly string[] Names = ["qbsub", "qbjobs", "qbhosts", "qbjoborder", "qbout", "qberr", "qbhist", "qbping", "qblock", "qbunlock", "qbmodify", "qbarchive", "qbtrigger", "qbconfigfile", "qblogin", "qbhash", "qbusers", "qbupdateresource", "qbsummary", "qbstats", "qbadmin"];

    /// <summary>Those that have a name of their own.</summary>
    public static IEnumerable<Command> All => Makers.Select(make => make()).Concat(ActionTable.Rows.Select(row => ActionCommands.Make(row.Name)));

    /// <summary>Only the command that is meant is made: start-up is part of every call.</summary>
    public static Command? Find(string name) => name == "why" ? WhyCommand.Make() : Array.IndexOf(Names, name) is >= 0 and var at ? Makers[at]()
        : ActionTable.Rows.Any(row => row.Name == name) ? ActionCommands.Make(name) : null;
}
