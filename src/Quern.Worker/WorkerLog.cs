using System.Globalization;

namespace Quern.Worker;

/// <summary>
/// The worker's own log: one line an event on stderr, with the time (UTC) and its weight. A job's output never comes here. Thread-safe.
/// <c>info</c> is a worker's or run's life; <c>warn</c> healed by itself or is worth knowing; <c>error</c> asks somebody to act.
/// </summary>
internal sealed class WorkerLog(TextWriter output, TimeProvider clock)
{
    private readonly Lock _line = new();

    public void Info(string text) => Write("info ", text);

    public void Warn(string text) => Write("warn ", text);

    public void Error(string text) => Write("error", text);

    private void Write(string weight, string text)
    {
        var time = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

        // Texts may quote what another program sent: a line stays a line.
        var line = $"{time} {weight} {text.ReplaceLineEndings(" ")}";
        lock (_line)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}
