using Quern.Core.Jobs;
using Quern.Core.Permissions;

namespace Quern.Core.Farms;

/// <summary>What is done to the entry of a user, or of a member of a group.</summary>
public enum UserChange { Add, Delete, Set, Drop }

/// <summary>
/// Who may do what. A user acts on their own jobs with the permissions of their entry, or the default ones; on jobs of others as a fellow member of a group,
/// with the permissions of that membership, unless their own entry withholds it; with <c>sudo_admin</c> as on their own, where the site's policy has nothing against it; as an administrator always.
/// Every entrance asks <see cref="MayDo"/>.
/// </summary>
public sealed partial class Farm
{
    private readonly SortedDictionary<(string User, string Group), UserRow> users = new(UserOrder);

    private static Comparer<(string User, string Group)> UserOrder { get; } = Comparer<(string User, string Group)>.Create((a, b) =>
        string.CompareOrdinal(a.User, b.User) is not 0 and var byUser ? byUser : string.CompareOrdinal(a.Group, b.Group));

    /// <summary>The site's own word, where it has one.</summary>
    public IJobPolicy? JobPolicy { get; set; }

    /// <summary>Entries of users and of members of groups.</summary>
    public IReadOnlyCollection<UserRow> Users => users.Values;

    /// <summary>What a user may do to their own jobs and to hosts.</summary>
    public Permission PermissionsOf(string user) => users.TryGetValue((user, ""), out var row) ? Meant(row) : options.DefaultPermissions;

    /// <summary>What an entry stands for, the default where it says nothing of its own.</summary>
    public Permission Meant(UserRow row) => row.Permissions >= 0 ? (Permission)row.Permissions : row.Group.Length == 0 ? options.DefaultPermissions : options.DefaultGroupPermissions;

    public bool IsAdministrator(Caller caller) => caller.IsAdministrator || PermissionsOf(caller.User).HasFlag(Permission.Admin);

    /// <summary>Null when the caller may, to the job when there is one; else one sentence: what is missing and who can give it.</summary>
    public string? MayDo(Caller caller, Permission permission, Job? job = null)
    {
        if (IsAdministrator(caller))
        {
            return null;
        }

        var own = PermissionsOf(caller.User);
        if (job is null || job.Spec.User == caller.User || (own.HasFlag(Permission.SudoAdmin) && JobPolicy?.MaySudo(caller.User, job) != false))
        {
            return own.HasFlag(permission) ? null : Missing(caller, permission);
        }

        if (!IsFellow(caller.User, job.Spec.User, permission))
        {
            return $"job {job.Id} belongs to {job.Spec.User}, not to {caller.User}; ask its owner or an administrator";
        }

        return !users.ContainsKey((caller.User, "")) || own.HasFlag(permission) ? null : Missing(caller, permission);
    }

    /// <summary>Changes an entry. Administrators may; an administrator of a group may change what its members may do, but neither add nor drop one.</summary>
    /// <param name="permissions">Null = the entry takes part in the default (a member that is only added).</param>
    /// <returns>Why not, a sentence; null = done.</returns>
    public string? ChangeUser(Caller caller, UserChange change, string user, string group, Permission? permissions, Now now)
    {
        var row = users.GetValueOrDefault((user, group));
        if (!IsAdministrator(caller) && !(group.Length > 0 && row is not null && change != UserChange.Drop && IsGroupAdministrator(caller.User, group)))
        {
            return $"{caller.User} lacks the permission admin{(group.Length > 0 ? $" for group {group}" : "")}; an administrator has to do it";
        }

        var subject = group.Length > 0 ? $"user {user} in group {group}" : $"user {user}";
        if (change == UserChange.Drop)
        {
            if (row is null)
            {
                return $"{subject} has no entry; list them with qbusers --list";
            }

            users.Remove((user, group));
            turn.Rows.Users.Add(row with { IsRemoved = true });
            Note(EventComponent.User, caller, $"{subject}: dropped", now);
            return null;
        }

        var before = row is not null ? Meant(row) : group.Length == 0 ? options.DefaultPermissions : Permission.None;
        var next = change switch
        {
            UserChange.Add when permissions is null => row?.Permissions ?? UserRow.Default,
            UserChange.Add => (long)(before | permissions.Value),
            UserChange.Delete => (long)(before & ~(permissions ?? Permission.None)),
            _ => (long)(permissions ?? Permission.None),
        };
        var changed = new UserRow(user, group, next);
        users[(user, group)] = changed;
        turn.Rows.Users.Add(changed);
        Note(EventComponent.User, caller, $"{subject}: permissions {(next < 0 ? "default" : PermissionText.Write((Permission)next))}", now);
        return null;
    }

    private bool IsGroupAdministrator(string user, string group) => users.TryGetValue((user, group), out var row) && Meant(row).HasFlag(Permission.Admin);

    /// <summary>Both are members of a group in which <paramref name="user"/> has the permission.</summary>
    private bool IsFellow(string user, string owner, Permission permission)
    {
        foreach (var row in users.Values)
        {
            if (row.User == user && row.Group.Length > 0 && (Meant(row) & (permission | Permission.Admin)) != 0 && users.ContainsKey((owner, row.Group)))
            {
                return true;
            }
        }

        return false;
    }

    private static string Missing(Caller caller, Permission permission)
    {
        var name = PermissionText.Write(permission);
        return $"{caller.User} lacks the permission {name}; an administrator gives it with 'qbusers --add --{PermissionText.Switch(permission)} {caller.User}'";
    }

    /// <summary>What an edge did for somebody and is in no row of its own: a token made, settings pushed, a login.</summary>
    public void RecordFor(EventComponent component, Caller caller, string comment, Now now) => Note(component, caller, comment, now);

    /// <summary>An event about no job.</summary>
    private void Note(EventComponent component, Caller caller, string comment, Now now)
        => turn.Events.Add(new EventRow(0, now.Unix, 0, -1, "", caller.User, caller.From, comment, component));
}
