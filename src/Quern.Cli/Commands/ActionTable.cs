namespace Quern.Cli.Commands;

/// <summary>An action command: its verb, and which states its options name.</summary>
/// <param name="Plain">Options such as <c>--running</c>: items and instances alike; of verbs for whole jobs the jobs'.</param>
/// <param name="Work">Options such as <c>--workrunning</c>.</param>
/// <param name="Subjob">Options such as <c>--subjobrunning</c>.</param>
/// <param name="HasParts">It has <c>--work</c> and <c>--subjob</c>.</param>
internal sealed record ActionRow(string Name, string Verb, string Summary, string[] Plain, string[] Work, string[] Subjob, bool HasParts, bool IsForWholeJobs = false);

/// <summary>Every action command with Qube's options. Source: PipelineFX/docs: command line reference (reference, clients 2.2).</summary>
internal static class ActionTable
{
    private static readonly string[] None = [];
    private static readonly string[] Waiting = ["running", "pending"];
    private static readonly string[] Held = ["running", "pending", "blocked"];
    private static readonly string[] Over = ["complete", "failed", "killed", "done"];

    public static readonly IReadOnlyList<ActionRow> Rows =
    [
        new("qbkill", "kill", "Ends jobs, instances or items for good.", [.. Held, "badlogin", "suspended"], Held, [.. Held, "badlogin"], true),
        new("qbretry", "retry", "Runs jobs, instances or items that are over once more.", ["running", .. Over], Over, Over, true),
        new("qbrequeue", "requeue", "As qbretry, but blocked, so that they can be changed first.", ["running", "pending", .. Over], Over, Over, true),
        new("qbblock", "block", "Holds what waits and stops what runs; the item goes back to the list.", Waiting, Waiting, Waiting, true),
        new("qbunblock", "unblock", "Lets what is blocked go on.", Held, Held, Held, true),
        new("qbinterrupt", "interrupt", "Ends what runs at once; it starts anew, here or elsewhere.", [.. Waiting, "active"], None, Waiting, false),
        new("qbmigrate", "migrate", "Ends what runs at once; it starts anew on another host.", Waiting, None, None, true),
        new("qbpreempt", "preempt", "Gives the hosts free after the current item; jobs without an agenda at once.", ["running"], ["running"], ["running"], true),
        new("qbretire", "retire", "Completes instances after their current item; whole jobs with all that waits.", ["running"], None, None, true),
        new("qbcomplete", "retire", "Another name of qbretire.", ["running"], None, None, true),
        new("qbfail", "fail", "Ends jobs, instances or items as failed.", [.. Held, "badlogin", "suspended"], Held, [.. Held, "badlogin"], true),
        new("qbsuspend", "suspend", "Stops the processes of what runs where it stands, to go on later; Linux workers.", ["running"], None, ["running"], false),
        new("qbresume", "resume", "Lets what is suspended go on.", ["suspended"], None, None, false),
        new("qbshove", "shove", "Has hosts looked for anew.", ["pending", "running"], None, None, false, IsForWholeJobs: true),
        new("qbtop", "top", "Moves jobs before all others of their priority.", Held, None, None, false, IsForWholeJobs: true),
        new("qbbottom", "bottom", "Moves jobs behind all others of their priority.", [.. Held, "active"], None, None, false, IsForWholeJobs: true),
        new("qbremove", "remove", "Deletes jobs that are over, with their output.", [.. Over, "pending", "running", "blocked", "active"], None, None, false, IsForWholeJobs: true),
    ];

    public static ActionRow Find(string name) => Rows.First(row => row.Name == name);
}
