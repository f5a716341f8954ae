using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Permissions;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Administration;

/// <summary>Who may do what: looked at by everybody, changed by administrators.</summary>
internal sealed class UserEndpoints(IFarmLoop loop)
{
    private const int MostUsers = 1000;

    /// <summary>GET: every entry; one that says nothing of its own with what the settings give.</summary>
    public async Task ListAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var users = await loop.Ask((farm, _) => farm.Users.Select(row => ViewOf(farm, row)).ToList(), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new UserList { Users = users }, ApiJson.Default.UserList).ConfigureAwait(false);
    }

    /// <summary>POST: a change of some entries. A user is refused alone.</summary>
    public async Task ChangeAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.UserChangeRequest).ConfigureAwait(false);
        var change = ChangeOf(request.Action);
        if (request.Users is not { Count: > 0 and <= MostUsers })
        {
            throw ApiRefusal.Bad($"the change of permissions is refused: it names {request.Users?.Count ?? 0} users, 1 to {MostUsers} are allowed");
        }

        var group = request.Group ?? "";
        if (request.Users.Append(group.Length > 0 ? group : "x").FirstOrDefault(name => !CallerIdentity.IsName(name)) is { } wrong)
        {
            throw ApiRefusal.Bad($"the change of permissions is refused: '{TargetText.Quote(wrong)}' is no name of an account or group");
        }

        Permission? permissions = null;
        if (request.Permissions is { } names)
        {
            permissions = PermissionText.Parse(string.Join(',', names), out var refusal) ?? throw ApiRefusal.Bad($"the change of permissions is refused: {refusal}");
        }

        var reply = await loop.Ask((farm, now) => Change(farm, caller, change, request.Users, group, permissions, now), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.ActionReply).ConfigureAwait(false);
    }

    private static ActionReply Change(Farm farm, Caller caller, UserChange change, IReadOnlyList<string> users, string group, Permission? permissions, Now now)
    {
        var affected = new List<string>();
        var refused = new List<string>();
        foreach (var user in users)
        {
            if (farm.ChangeUser(caller, change, user, group, permissions, now) is { } refusal)
            {
                refused.Add($"permissions of {user} stay as they are: {refusal}");
            }
            else
            {
                affected.Add(user);
            }
        }

        return new ActionReply { Affected = affected, Refused = refused };
    }

    private static UserChange ChangeOf(string? word) => word switch
    {
        "add" => UserChange.Add,
        "delete" or "remove" => UserChange.Delete,
        "set" => UserChange.Set,
        "drop" => UserChange.Drop,
        _ => throw ApiRefusal.Bad($"the change of permissions is refused: action '{TargetText.Quote(word ?? "")}' is not known; use add, delete, set or drop"),
    };

    private static UserView ViewOf(Farm farm, UserRow row)
    {
        var meant = farm.Meant(row);
        return new UserView
        {
            User = row.User, Group = row.Group, Permissions = PermissionText.NamesOf(meant), Mask = (long)meant, IsDefault = row.Permissions < 0,
            Row = row.Group.Length == 0 ? PermissionText.Row(meant) : PermissionText.MemberRow(meant),
        };
    }
}
