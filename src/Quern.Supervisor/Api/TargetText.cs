using System.Globalization;
using Quern.Core;
using Quern.Core.Farms;

namespace Quern.Supervisor.Api;

/// <summary>Ids as people write them: <c>12</c>, <c>12.0</c>, <c>12:37</c>, <c>12:25-29</c>.</summary>
internal static class TargetText
{
    private const int Longest = 100_000;
    private const int Shown = 60;

    /// <exception cref="ApiRefusal">The text is none of these.</exception>
    public static Target Parse(string? text)
    {
        if (text is null || text.Length > Longest)
        {
            throw Refuse(text ?? "");
        }

        var end = text.IndexOfAny(['.', ':']);
        var digits = end < 0 ? text : text[..end];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var job))
        {
            throw Refuse(text);
        }

        if (end < 0)
        {
            return new Target(new JobId(job));
        }

        var rest = text[(end + 1)..];
        if (text[end] == '.')
        {
            return int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var sub) ? new Target(new JobId(job), sub) : throw Refuse(text);
        }

        return rest.Length > 0 && !rest.Any(char.IsControl) ? new Target(new JobId(job), null, rest) : throw Refuse(text);
    }

    /// <summary>Text of a stranger within a sentence: short and on one line.</summary>
    public static string Quote(string text) =>
        string.Concat((text.Length > Shown ? text[..Shown] + "..." : text).Select(c => char.IsControl(c) ? '?' : c));

    private static ApiRefusal Refuse(string text) =>
        ApiRefusal.Bad($"id '{Quote(text)}' is refused: it is none of 12 (a job), 12.0 (an instance), 12:37 or 12:25-29 (items), pgrp:12 (a process group); list ids with qbjobs");
}
