using System.Globalization;

namespace Quern.Core.Permissions;

/// <summary>Permissions as people write and read them: Qube's names, the number of the mask, and the row of letters of <c>qbusers --list</c>.</summary>
public static class PermissionText
{
    /// <summary>In the order of the bits: the name, and the letter that stands for it.</summary>
    private static readonly (Permission Bit, string Name, char Letter)[] Names =
    [
        (Permission.SubmitJob, "submit_job", 'j'), (Permission.SubmitCallback, "submit_callback", 'c'), (Permission.SubmitGlobalCallback, "submit_global_callback", 'g'),
        (Permission.Bump, "bump", 'p'), (Permission.Kill, "kill", 'k'), (Permission.Remove, "remove", 'r'), (Permission.Modify, "modify", 'm'), (Permission.Preempt, "preempt", 'p'),
        (Permission.Block, "block", 'b'), (Permission.Interrupt, "interrupt", 'i'), (Permission.Complete, "complete", 'c'), (Permission.Unblock, "unblock", 'u'),
        (Permission.Suspend, "suspend", 's'), (Permission.Resume, "resume", 'e'), (Permission.Retry, "retry", 'y'), (Permission.Requeue, "requeue", 'q'), (Permission.Migrate, "migrate", 'g'),
        (Permission.Shove, "shove", 'v'), (Permission.Fail, "fail", 'f'), (Permission.Retire, "retire", 't'), (Permission.Reset, "reset", 'n'), (Permission.LockHost, "lock_host", 'l'),
        (Permission.SudoAdmin, "sudo_admin", 's'), (Permission.Impersonate, "impersonate", 'i'), (Permission.Admin, "admin", 'a'),
    ];

    private static readonly Permission[] Administration = [Permission.Admin, Permission.SudoAdmin, Permission.Impersonate, Permission.LockHost];
    private static readonly Permission[] Submission = [Permission.SubmitJob, Permission.SubmitCallback, Permission.SubmitGlobalCallback];

    private static readonly Permission[] Actions =
    [
        Permission.Kill, Permission.Remove, Permission.Modify, Permission.Preempt, Permission.Block, Permission.Unblock, Permission.Interrupt, Permission.Complete, Permission.Suspend,
        Permission.Resume, Permission.Retry, Permission.Requeue, Permission.Migrate, Permission.Bump, Permission.Shove, Permission.Fail, Permission.Retire, Permission.Reset,
    ];

    /// <summary>Every name, <c>all</c> aside.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Names.Select(entry => entry.Name)];

    /// <summary>Names separated by commas, or the number; null and one sentence when it is neither. Empty = none.</summary>
    public static Permission? Parse(string text, out string? refusal)
    {
        refusal = null;
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var mask))
        {
            if ((mask & ~(uint)Permission.Everything) == 0)
            {
                return (Permission)mask;
            }

            refusal = $"{mask} has bits that are no permission: use names, or a mask within {(uint)Permission.Everything}";
            return null;
        }

        var found = Permission.None;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Find(name) is not { } one)
            {
                refusal = $"'{string.Concat(name.Take(80).Select(c => char.IsControl(c) ? '?' : c))}' is no permission: use all, {string.Join(", ", All)}";
                return null;
            }

            found |= one;
        }

        return found;
    }

    /// <summary>The names in the order of the bits, separated by commas; <c>none</c> where there is no bit.</summary>
    public static string Write(Permission permissions) => permissions == Permission.None ? "none" : string.Join(',', NamesOf(permissions));

    public static IReadOnlyList<string> NamesOf(Permission permissions) => [.. Names.Where(entry => permissions.HasFlag(entry.Bit)).Select(entry => entry.Name)];

    /// <summary>The switch of qbusers that stands for one permission.</summary>
    public static string Switch(Permission permission) => permission switch
    {
        Permission.SudoAdmin => "sudo",
        Permission.LockHost => "lock",
        _ => Write(permission).Replace("_", "", StringComparison.Ordinal),
    };

    /// <summary><c>asil jcg krmpbuicseyqgpvftn</c>, a dash for each that is absent.</summary>
    public static string Row(Permission permissions) => $"{Letters(permissions, Administration)} {Letters(permissions, Submission)} {Letters(permissions, Actions)}";

    /// <summary>The row of a member of a group: <c>as krmpbuicseyqgpvftn</c>.</summary>
    public static string MemberRow(Permission permissions) => $"{Letters(permissions, Administration[..2])} {Letters(permissions, Actions)}";

    private static string Letters(Permission permissions, Permission[] bits)
        => string.Concat(bits.Select(bit => permissions.HasFlag(bit) ? Names.First(entry => entry.Bit == bit).Letter : '-'));

    private static Permission? Find(string name)
    {
        foreach (var entry in Names)
        {
            if (entry.Name == name)
            {
                return entry.Bit;
            }
        }

        return name == "all" ? Permission.All : null;
    }
}
