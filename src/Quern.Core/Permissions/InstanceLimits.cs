using System.Globalization;

namespace Quern.Core.Permissions;

/// <summary>
/// How many instances may run at once of one user's jobs, and of one process group of a user. Both count; the smaller wins.
/// Source: PipelineFX/docs: supervisor parameters (reference, qube-jobs 12.4).
/// </summary>
public sealed class InstanceLimits
{
    /// <summary>No limit.</summary>
    public const int Unlimited = int.MaxValue;

    public static readonly InstanceLimits None = new(-1, -1, "", "");

    private readonly int ofUser;
    private readonly int ofPgrp;
    private readonly Dictionary<string, int> byUser;
    private readonly Dictionary<string, int> byPgrpOfUser;

    private InstanceLimits(int ofUser, int ofPgrp, string users, string pgrps)
    {
        (this.ofUser, this.ofPgrp) = (Meant(ofUser), Meant(ofPgrp));
        (byUser, byPgrpOfUser) = (Read(users, out _)!, Read(pgrps, out _)!);
    }

    /// <summary>-1 = none. Lists as <c>user=n,...</c>; null and one sentence when one cannot be read.</summary>
    public static InstanceLimits? Parse(int ofUser, int ofPgrp, string users, string pgrps, out string? refusal)
        => Read(users, out refusal) is null || Read(pgrps, out refusal) is null ? null : new InstanceLimits(ofUser, ofPgrp, users, pgrps);

    /// <summary>Of all jobs of a user together; <see cref="Unlimited"/> = as many as there is room for.</summary>
    public int OfUser(string user) => byUser.GetValueOrDefault(user, ofUser);

    /// <summary>Of one process group of a user.</summary>
    public int OfPgrp(string user) => byPgrpOfUser.GetValueOrDefault(user, ofPgrp);

    private static int Meant(int limit) => limit < 0 ? Unlimited : limit;

    private static Dictionary<string, int>? Read(string text, out string? refusal)
    {
        refusal = null;
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in text.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry.Split('=', StringSplitOptions.TrimEntries) is not [{ Length: > 0 } user, var number]
                || !int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit) || limit < -1)
            {
                refusal = $"'{entry}' is no limit of a user: write it as user=n, -1 for none";
                return null;
            }

            found[user] = Meant(limit);
        }

        return found;
    }
}
