using Quern.Cli.Passwords;

namespace Quern.Cli.Commands;

internal static class CommandTable
{
    private static readonly IReadOnlyList<Func<Command>> Makers =
    [
        SubmitCommand.Make, JobsCommand.Make, HostsCommand.Make, () => OutputCommand.Make("qbout", isError: false), () => OutputCommand.Make("qberr", isError: true),
        () => ActionCommands.Make("qbkill"), () => ActionCommands.Make("qbretry"), () => ActionCommands.Make("qbblock"), () => ActionCommands.Make("qbunblock"),
        () => ActionCommands.Make("qbsuspend"), () => ActionCommands.Make("qbresume"),
        () => ActionCommands.Make("qbremove"), HistoryCommand.Make, PingCommand.Make, () => LockCommand.Make("qblock"), () => LockCommand.Make("qbunlock"), ConfigFileCommand.Make, LoginCommand.Make, HashCommand.Make,
    ];

    private static readonly string[] Names = ["qbsub", "qbjobs", "qbhosts", "qbout", "qberr", "qbkill", "qbretry", "qbblock", "qbunblock", "qbsuspend", "qbresume", "qbremove", "qbhist", "qbping", "qblock", "qbunlock", "qbconfigfile", "qblogin", "qbhash"];

    public static IEnumerable<Command> All => Makers.Select(make => make());

    /// <summary>Only the command that is meant is made: start-up is part of every call.</summary>
    public static Command? Find(string name) => Array.IndexOf(Names, name) is >= 0 and var at ? Makers[at]() : null;
}
