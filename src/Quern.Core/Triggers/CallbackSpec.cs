namespace Quern.Core.Triggers;

/// <summary>
/// How a callback's code runs; numbers are Qube's bits of <c>supervisor_language_flags</c>, <see cref="Exec"/> is ours. <see cref="Dependency"/> and
/// <see cref="AutoWrangling"/> are no languages of callbacks: their bits switch those parts on.
/// </summary>
[Flags]
public enum CallbackLanguages
{
    None = 0,
    Qube = 1,
    Perl = 2,
    Python = 4,
    Post = 8,
    Mail = 16,
    Dependency = 32,
    AutoWrangling = 64,

    /// <summary>A command, run as the callback's owner on a worker.</summary>
    Exec = 128,
    Default = Qube | Python | Post | Mail | Dependency | AutoWrangling | Exec,
}

/// <summary>A callback as it was accepted; never changed. Names are Qube's (reference/qube-jobs.md 9.1).</summary>
public sealed record CallbackSpec
{
    /// <summary>When it runs, as it was written.</summary>
    public required string Triggers { get; init; }

    /// <summary>Exactly one.</summary>
    public required CallbackLanguages Language { get; init; }
    public string Code { get; init; } = "";

    /// <summary>Whose rights its code has; empty = the job's owner.</summary>
    public string User { get; init; } = "";

    /// <summary>Most times it runs; -1 = without limit.</summary>
    public int Maximum { get; init; } = -1;

    /// <summary>Where it comes from when not from the submitter: <c>flag mail</c>, or the file of a universal callback.</summary>
    public string Source { get; init; } = "";
}

/// <summary>What a callback's <see cref="CallbackSpec.Language"/> is called, and what its code must look like.</summary>
public static class CallbackLanguage
{
    public static string Word(CallbackLanguages language) => language == CallbackLanguages.AutoWrangling ? "auto_wrangling" : language.ToString().ToLowerInvariant();

    /// <summary>The language of a word or of Qube's number; null for any other text.</summary>
    public static CallbackLanguages? Read(string text) => text switch
    {
        "qube" or "1" => CallbackLanguages.Qube,
        "perl" or "2" => CallbackLanguages.Perl,
        "python" or "4" => CallbackLanguages.Python,
        "post" or "8" => CallbackLanguages.Post,
        "mail" or "16" => CallbackLanguages.Mail,
        "exec" or "128" => CallbackLanguages.Exec,
        _ => null,
    };

    /// <summary>Why the farm does not take a callback, one sentence; null when it does. Its trigger is looked at where its labels are known.</summary>
    public static string? WhyNot(CallbackSpec callback) => callback.Language switch
    {
        CallbackLanguages.Perl => "perl callbacks are not taken: no interpreter runs inside the supervisor; write the callback in python, qube or exec",
        CallbackLanguages.Qube => QubeCode.Parse(callback.Code, out var wrong) is null ? wrong : null,
        CallbackLanguages.Python or CallbackLanguages.Exec when string.IsNullOrWhiteSpace(callback.Code) => $"a callback of language {Word(callback.Language)} has no code; give what it runs",
        CallbackLanguages.Mail when callback.Code.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0 => "the code of a mail callback is a list of addresses on one line, or empty for the job's mailaddress",
        _ => null,
    };
}
