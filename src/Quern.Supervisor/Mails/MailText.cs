using System.Text;
using MimeKit;
using Quern.Core.Triggers;

namespace Quern.Supervisor.Mails;

/// <summary>
/// Makes a message of an outbox entry. A template's first line may be <c>Subject: ...</c>; <c>$NAME</c> and <c>${NAME}</c> stand for the variables of the
/// reference (16), an unknown one for nothing.
/// </summary>
internal static class MailText
{
    private const int LongestTemplate = 256 * 1024;

    private static readonly Dictionary<string, string> BuiltIn = new()
    {
        ["job"] = """
            Subject: job $JOB_ID ($JOB_NAME): $JOB_STATUS

            Job $JOB_ID "$JOB_NAME" of $JOB_USER is $JOB_STATUS.

            Event:     $EVENT
            Submitted: $JOB_TIMESUBMIT
            Started:   $JOB_TIMESTART
            Ended:     $JOB_TIMECOMPLETE ($JOB_TIMEELAPSED s)
            """,
        ["subjob"] = """
            Subject: instance $SUBJOB_ID ($JOB_NAME): $SUBJOB_STATUS

            Instance $SUBJOB_ID of job $JOB_ID "$JOB_NAME" is $SUBJOB_STATUS on $HOST.
            """,
        ["work"] = """
            Subject: job $JOB_ID ($JOB_NAME): item $WORK_NAME $WORK_STATUS

            Item $WORK_NAME of job $WORK_PID "$JOB_NAME" is $WORK_STATUS on $WORK_HOST (instance $WORK_SUBID).
            $WORK_REASON
            """,
        ["wrangling"] = """
            Subject: auto-wrangling: $EVENT

            $EVENT

            Job:  $JOB_ID "$JOB_NAME" of $JOB_USER
            Host: $HOST
            """,
        ["license"] = """
            Subject: licences: $EVENT

            $EVENT
            """,
    };

    /// <summary>Null and why not, the end of a sentence, when it can never be sent.</summary>
    public static MimeMessage? Write(OutboxEntry entry, MailSettings settings, string host, out string? fault)
    {
        var message = new MimeMessage { MessageId = $"{entry.Key}@{host}", Date = DateTimeOffset.FromUnixTimeMilliseconds(entry.CreatedMs) };
        var to = entry.To.Length > 0 ? entry.To : settings.Administrator;
        fault = to.Length == 0 ? "it has no address and mail_administrator is not set"
            : Add(message.To, to, settings) ?? Add(message.From, settings.From, settings);
        if (fault is not null)
        {
            return null;
        }

        var (subject, body) = Fill(TemplateOf(entry.Content, settings, out fault), entry.Variables);
        message.Subject = subject;
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new TextPart("plain") { Text = body };
        return fault is null ? message : null;
    }

    internal static (string Subject, string Body) Fill(string template, IReadOnlyDictionary<string, string> variables)
    {
        const string mark = "Subject:";
        var end = template.IndexOf('\n', StringComparison.Ordinal);
        var hasSubject = template.StartsWith(mark, StringComparison.OrdinalIgnoreCase);
        var subject = hasSubject ? template[mark.Length..(end < 0 ? template.Length : end)] : "$EVENT";
        var body = !hasSubject ? template : end < 0 ? "" : template[(end + 1)..].TrimStart('\r', '\n');

        // A variable may hold line ends, which would be headers of their own.
        return (string.Concat(Replace(subject, variables).Select(character => char.IsControl(character) ? ' ' : character)).Trim(), Replace(body, variables));
    }

    private static string Replace(string template, IReadOnlyDictionary<string, string> variables)
    {
        var text = new StringBuilder(template.Length);
        for (var at = 0; at < template.Length; at++)
        {
            var isBraced = at + 1 < template.Length && template[at + 1] == '{';
            var from = at + (isBraced ? 2 : 1);
            var to = from;
            while (template[at] == '$' && to < template.Length && (char.IsAsciiLetterUpper(template[to]) || template[to] == '_'))
            {
                to++;
            }

            if (to == from || template[at] != '$' || (isBraced && (to == template.Length || template[to] != '}')))
            {
                text.Append(template[at]);
                continue;
            }

            text.Append(variables.GetValueOrDefault(template[from..to], ""));
            at = isBraced ? to : to - 1;
        }

        return text.ToString();
    }

    private static string? Add(InternetAddressList list, string text, MailSettings settings)
    {
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var whole = word.Contains('@', StringComparison.Ordinal) ? word : settings.Domain.Length > 0 ? $"{word}@{settings.Domain}" : $"{word}@localhost";
            if (!MailboxAddress.TryParse(whole, out var address))
            {
                return $"'{word}' is no address";
            }

            list.Add(address);
        }

        return list.Count > 0 ? null : $"'{text}' names no address";
    }

    private static string TemplateOf(string kind, MailSettings settings, out string? fault)
    {
        fault = null;
        var builtIn = BuiltIn.GetValueOrDefault(kind, BuiltIn["job"]);
        if (settings.Templates.GetValueOrDefault(kind, "") is not { Length: > 0 } path)
        {
            return builtIn;
        }

        try
        {
            var file = new FileInfo(path);
            return file.Length <= LongestTemplate ? File.ReadAllText(path) : builtIn;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A mail in plain words is better than none for want of a file.
            return $"{builtIn}\n\n(The template {path} could not be read: {exception.Message})";
        }
    }
}
