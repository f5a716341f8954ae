namespace Quern.Core.Triggers;

/// <summary>What a code of language <c>qube</c> acts on.</summary>
public enum CodeTarget
{
    /// <summary>The callback's job.</summary>
    Job,

    /// <summary>The item that the event was about; of another job's event, the item of that name in the callback's own job.</summary>
    Work,

    /// <summary>The instance that the event was about; every instance when it was about none.</summary>
    Subjob,

    /// <summary>That instance, or the first it applies to when the event was about none.</summary>
    SingleSubjob,

    /// <summary>Nothing: a mail is sent.</summary>
    Mail,
}

/// <summary>One code of language <c>qube</c>. All of them: reference/qube-jobs.md 9.3.</summary>
/// <param name="Word">The action, or of a mail its kind: status, subjob-status, license-status, report-status.</param>
public sealed record QubeCode(string Word, CodeTarget Target)
{
    private static readonly string[] OfJobs = ["unblock", "block", "fail", "kill", "migrate", "preempt", "interrupt", "suspend", "resume"];
    private static readonly string[] OfItems = ["block", "kill", "unblock", "retry", "requeue", "complete", "fail"];
    private static readonly string[] OfMails = ["mail-status", "mail-subjob-status", "mail-license-status", "mail-report-status"];

    private static readonly Dictionary<string, QubeCode> All = Everything();

    /// <summary>Every code there is, for messages and documents.</summary>
    public static IEnumerable<string> Words => All.Keys;

    /// <summary>Reads one or more codes, separated by blanks, line ends or semicolons.</summary>
    /// <returns>Null and a sentence when one is none.</returns>
    public static IReadOnlyList<QubeCode>? Parse(string text, out string? refusal)
    {
        var codes = new List<QubeCode>();
        foreach (var word in text.Split([' ', '\t', '\r', '\n', ';'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!All.TryGetValue(word, out var code))
            {
                refusal = $"'{(word.Length > 80 ? word[..80] + "..." : word)}' is no code of language qube; the codes are {string.Join(", ", All.Keys)}";
                return null;
            }

            codes.Add(code);
        }

        refusal = codes.Count == 0 ? $"a callback of language qube has no code; the codes are {string.Join(", ", All.Keys)}" : null;
        return refusal is null ? codes : null;
    }

    private static Dictionary<string, QubeCode> Everything()
    {
        var all = new Dictionary<string, QubeCode>(StringComparer.Ordinal);
        foreach (var word in OfJobs)
        {
            all[$"{word}-self"] = new QubeCode(word, CodeTarget.Job);
        }

        foreach (var word in OfItems)
        {
            all[$"{word}-work-self"] = new QubeCode(word, CodeTarget.Work);
        }

        all["unblock-subjob-self-single"] = new QubeCode("unblock", CodeTarget.SingleSubjob);
        foreach (var word in OfJobs)
        {
            all[$"{word}-subjob-self"] = new QubeCode(word, CodeTarget.Subjob);
        }

        foreach (var mail in OfMails)
        {
            all[mail] = new QubeCode(mail["mail-".Length..], CodeTarget.Mail);
        }

        return all;
    }
}
