using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Administration;

/// <summary>qbusers: what users may do, and members of groups with jobs of the other members (reference, clients 2.4, jobs 14).</summary>
internal static class UsersCommand
{
    private const string Group = "group";
    private static readonly string[] Changes = ["add", "delete", "set", "drop"];

    /// <summary>The switch, and the permission it stands for.</summary>
    private static readonly (string Switch, string Permission)[] Permissions =
    [
        ("submitjob", "submit_job"), ("submitcallback", "submit_callback"), ("submitglobalcallback", "submit_global_callback"), ("kill", "kill"), ("remove", "remove"),
        ("modify", "modify"), ("preempt", "preempt"), ("block", "block"), ("interrupt", "interrupt"), ("unblock", "unblock"), ("suspend", "suspend"), ("resume", "resume"),
        ("bump", "bump"), ("migrate", "migrate"), ("retry", "retry"), ("requeue", "requeue"), ("shove", "shove"), ("fail", "fail"), ("retire", "retire"),
        ("complete", "complete"), ("reset", "reset"), ("all", "all"), ("admin", "admin"), ("sudo", "sudo_admin"), ("impersonate", "impersonate"), ("lock", "lock_host"),
    ];

    private static readonly string[] Added = ["complete", "reset"];

    public static Command Make() => new(
        "qbusers", "[options] [USER...]", "Shows and changes what users may do.",
        [
            new("list", null, "Lists users with an entry of their own; with --group the members of that group. The default."),
            new("member", null, "Lists the groups that users are in, and what they may do there."),
            new("add", null, "Adds permissions to users; without one gives them an entry, or a place in --group, with the default ones."),
            new("delete", null, "Takes permissions from users."), new("set", null, "Gives users these permissions and no other."),
            new("drop", null, "Removes the entry of users: the default counts again. With --group takes them out of the group."),
            new(Group, "NAME", "The permissions of members of this group with jobs of the other members."),
            .. Permissions.Select(pair => new Option(pair.Switch, null, Help(pair.Switch, pair.Permission)) { IsOurs = Added.Contains(pair.Switch) }),
            new("xml", null, "Prints XML."), Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbusers --list", "qbusers --add --bump --submitglobalcallback ann bob", "qbusers --add --group artists ann", "qbusers --set --kill --retry --group artists ann", "qbusers --drop ann"],
        RunAsync);

    private static string Help(string name, string permission) => name == "all" ? "Everything a user may do to jobs." : $"The permission {permission}.";

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var change = Read(options);
        using var client = FarmClient.Find(options.Text("state"));
        if (change is not null)
        {
            return await TellAsync(await client.ChangeUsersAsync(change, token).ConfigureAwait(false), options).ConfigureAwait(false);
        }

        Print(Console.Out, await client.UsersAsync(token).ConfigureAwait(false), options);
        return ExitCode.Done;
    }

    /// <summary>The change that is asked for; null = a list.</summary>
    /// <exception cref="UsageException">What is asked for excludes itself, or names nobody.</exception>
    internal static UserChangeRequest? Read(ParsedOptions options)
    {
        List<string> chosen = [.. Changes.Concat(["list", "member"]).Where(options.Has)];
        if (chosen.Count > 1)
        {
            throw new UsageException($"--{chosen[0]} and --{chosen[1]} exclude each other");
        }

        List<string> permissions = [.. Permissions.Where(pair => options.Has(pair.Switch)).Select(pair => pair.Permission)];
        if (chosen is not [var action] || !Changes.Contains(action))
        {
            return permissions.Count == 0 ? null : throw new UsageException("say what becomes of the permissions: --add, --delete or --set");
        }

        if (options.Words.Count == 0)
        {
            throw new UsageException($"name the users: qbusers --{action} ... USER");
        }

        return (action, permissions.Count) switch
        {
            ("drop", > 0) => throw new UsageException("--drop removes the whole entry and takes no permissions; --delete takes single ones away"),
            ("delete", 0) => throw new UsageException("name what is taken away, such as --kill; --drop removes the whole entry"),
            _ => new UserChangeRequest { Action = action, Users = options.Words, Group = options.Text(Group), Permissions = permissions.Count == 0 && action != "set" ? null : permissions },
        };
    }

    internal static void Print(TextWriter to, IReadOnlyList<UserView> users, ParsedOptions options)
    {
        var isMember = options.Has("member");
        var group = options.Text(Group);
        var shown = users.Where(user => options.Words.Count == 0 || options.Words.Contains(user.User))
            .Where(user => group is not null ? user.Group == group : isMember == user.Group.Length > 0).ToList();
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(new UserList { Users = shown }, ApiJson.Default.UserList));
        }
        else if (options.Has("xml"))
        {
            XmlListing.Write(to, "user", shown.Select(user => (IEnumerable<(string, string)>)
                [("name", user.User), (Group, user.Group), ("permissions", string.Join(',', user.Permissions)), ("mask", user.Mask.ToString(CultureInfo.InvariantCulture)), ("default", user.IsDefault ? "1" : "0")]));
        }
        else if (isMember)
        {
            PrintMembers(to, shown);
        }
        else
        {
            to.WriteLine($"total {shown.Count}");
            shown.ForEach(user => to.WriteLine(TextTable.Clean($"{user.Row} {user.User}")));
        }
    }

    private static void PrintMembers(TextWriter to, List<UserView> shown)
    {
        to.WriteLine($"group total {shown.Count}");
        foreach (var user in shown.GroupBy(view => view.User))
        {
            to.WriteLine(TextTable.Clean(user.Key));
            foreach (var view in user)
            {
                to.WriteLine(TextTable.Clean($"{view.Row}   {view.Group}"));
            }
        }
    }

    private static async Task<int> TellAsync(ActionReply reply, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.ActionReply));
        }
        else if (reply.Affected.Count > 0)
        {
            Console.Out.WriteLine(options.Has(Group) ? "modified group permissions" : "modified permissions");
        }

        foreach (var refusal in reply.Refused)
        {
            await Console.Error.WriteLineAsync($"qbusers: {TextTable.Clean(refusal)}").ConfigureAwait(false);
        }

        return reply.Refused.Count > 0 ? ExitCode.Refused : ExitCode.Done;
    }
}
