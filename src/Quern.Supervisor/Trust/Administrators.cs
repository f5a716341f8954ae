using System.Collections.Frozen;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Permissions;

namespace Quern.Supervisor.Trust;

/// <summary>
/// Users to whom the farm's own rows give the permission admin, beside root and the owner of the state. Read by every call without waiting for the loop; told
/// by the committer once a change is durable. Thread-safe.
/// </summary>
internal sealed class Administrators
{
    private volatile FrozenSet<string> names = [];

    public bool Includes(string user) => names.Contains(user);

    /// <summary>The farm as it was loaded.</summary>
    public void Load(Farm farm) => names = farm.Users.Where(row => row.Group.Length == 0 && farm.Meant(row).HasFlag(Permission.Admin)).Select(row => row.User).ToFrozenSet();

    /// <summary>Rows that are durable. Only the committer calls it.</summary>
    public void Durable(IReadOnlyList<UserRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var next = names.ToHashSet();
        foreach (var row in rows.Where(row => row.Group.Length == 0))
        {
            if (!row.IsRemoved && row.Permissions >= 0 && ((Permission)row.Permissions).HasFlag(Permission.Admin))
            {
                next.Add(row.User);
            }
            else
            {
                next.Remove(row.User);
            }
        }

        names = next.ToFrozenSet();
    }
}
