using Quern.Configuration;
using Quern.Core;
using Quern.Core.Triggers;

namespace Quern.Supervisor.Settings;

/// <summary>
/// The site's callbacks: each folder has a <c>callbacks.conf</c> with lines <c>file = trigger</c>; the file's suffix is its language.
/// Source: PipelineFX/docs: universal callbacks (reference/qube-jobs.md 9.6).
/// </summary>
internal static class UniversalCallbacks
{
    private const string ListName = "callbacks.conf";
    private const int LongestCode = 64 * 1024;

    /// <exception cref="ConfigurationException">One cannot be read, or makes no sense.</exception>
    public static IReadOnlyList<CallbackSpec> Read(IReadOnlyList<string> folders) => [.. folders.SelectMany(ReadFolder)];

    private static IEnumerable<CallbackSpec> ReadFolder(string folder)
    {
        var list = Path.Combine(folder, ListName);
        var lines = ReadText(list).Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at].Split('#')[0].Trim();
            if (line.Length > 0)
            {
                yield return ReadLine(folder, line, $"{list}:{at + 1}");
            }
        }
    }

    private static CallbackSpec ReadLine(string folder, string line, string place)
    {
        if (line.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } file, { Length: > 0 } triggers] || file.Contains('/', StringComparison.Ordinal))
        {
            throw new ConfigurationException($"{place}: a line is 'file = trigger', the file in the same folder");
        }

        var language = Path.GetExtension(file) switch
        {
            ".qcb" => CallbackLanguages.Qube,
            ".py" => CallbackLanguages.Python,
            ".sh" => CallbackLanguages.Exec,
            ".pl" => throw new ConfigurationException($"{place}: {file}: perl callbacks are not taken; write it as .py, .sh or .qcb"),
            _ => throw new ConfigurationException($"{place}: {file}: its suffix is none of .qcb, .py and .sh"),
        };
        var callback = new CallbackSpec { Triggers = triggers, Language = language, Code = ReadText(Path.Combine(folder, file)), Source = file };

        // A context is that of the job it will belong to: any will do to see whether the rest can be read.
        var context = new EventContext(new JobId(2), new JobId(1), _ => null);
        _ = TriggerExpression.Parse(triggers, context, out var refusal);
        return (refusal ?? CallbackLanguage.WhyNot(callback)) is { } why ? throw new ConfigurationException($"{place}: {why}") : callback;
    }

    private static string ReadText(string path)
    {
        try
        {
            return new FileInfo(path).Length <= LongestCode ? File.ReadAllText(path) : throw new ConfigurationException($"supervisor_universal_callback_path: {path} is longer than {LongestCode >> 10} KiB");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"supervisor_universal_callback_path: {path} cannot be read: {exception.Message}");
        }
    }
}
