using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Quern.Execution.FrameChecks;
using Quern.Execution.Rules;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>What the commands' output says, by the rules of the host and the job, and what follows from it for their ends.</summary>
internal sealed partial class RunServer
{
    /// <summary>Between two words of how far an item is.</summary>
    private const long TellMs = 1000;

    /// <summary>Bytes of a result, so that it fits into a record with room to spare.</summary>
    private const int MostResult = 16_000;

    private readonly Deadline _tell = new();
    private RuleSet? _rules;

    /// <summary>Whose command's output is read.</summary>
    private Work? _scanned;
    private LineScanner? _outputLines;
    private LineScanner? _errorLines;

    private void LoadRules()
    {
        var complaints = new List<string>();
        var rules = RuleSet.Load(_launch.Reading, _launch.Command, _launch.JobType, complaints);
        complaints.ForEach(complaint => Tell($"quern: output rules: {complaint}\n"));
        _rules = rules;
        if (rules.Rules.Count > 0)
        {
            _outputLines = new LineScanner(rules, Found);
            _errorLines = new LineScanner(rules, Found);
        }
    }

    /// <summary>An application that is to be fed with items, and has not asked for the first.</summary>
    private bool IsLoading => _launch.HasAgenda && _application is { HasAsked: false };

    private void Found(OutputRule rule, string line) => (IsLoading ? _application!.Loading : _scanned?.Findings)?.Add(rule, line);

    private void TakeOutput(bool isError, ReadOnlySpan<byte> data)
    {
        _journal.AppendOutput(_running?.Index ?? -1, _running?.Attempt ?? 0, isError && !_launch.Reading.MergesErrors, data);
        if (_running is not { IsCheck: true } && (_running is not null || IsLoading))
        {
            (isError ? _errorLines : _outputLines)?.Feed(data);
            if (_running?.Work.Findings.IsNews == true && !_tell.IsSet)
            {
                _tell.Set(TellMs);
            }
        }
    }

    /// <summary>Tells how far the running item is and what it has found.</summary>
    private void TellProgress()
    {
        _tell.Clear();
        if (_running is { } running && running.Work.Findings.IsNews)
        {
            running.Work.Findings.IsNews = false;
            _journal.Append(new RunProgress(running.Index, running.Attempt, running.Work.Findings.Progress, Result(running.Work.Findings)));
        }
    }

    /// <summary>The command has ended and all its output was seen.</summary>
    private void Judge(Work work)
    {
        FinishLines();
        _tell.Clear();
        if (work.Cause is not (ItemEndCause.Exited or ItemEndCause.Signaled))
        {
            return;
        }

        var found = work.Findings;
        if ((work.HasFailed || found.FirstError is not null) && LicenceRefusal(found, work.Exit) is { } refusal)
        {
            work.Verdict = refusal;
        }
        else if (found.FirstError is { } error)
        {
            work.Verdict = new RunVerdict(VerdictKind.Failed, 0, error);
        }
        else if (!work.HasFailed && OutputProblem(found) is { } problem)
        {
            work.Verdict = new RunVerdict(VerdictKind.Failed, 0, problem);
        }
    }

    private void FinishLines()
    {
        _outputLines?.Finish();
        _errorLines?.Finish();
    }

    /// <summary>Whether what has failed was refused a licence, by its output or its exit code.</summary>
    private RunVerdict? LicenceRefusal(Findings found, CommandExit exit) =>
        exit.Signal == 0 && (found.Licence is not null || _rules!.LicenceExitCodes.Contains(exit.Code))
            ? new RunVerdict(VerdictKind.LicenceRefused, _launch.Reading.LicenceSeconds, $"no licence: {found.Licence ?? $"exit code {exit.Code}"}")
            : null;

    private string? OutputProblem(Findings found)
    {
        var reading = _launch.Reading;
        if (found.Paths.Count == 0)
        {
            return reading.RequiresPaths ? "its output names no file, and outputPaths_required wants one" : null;
        }

        return reading.ChecksPictures || reading.LeastBytes > 0
            ? found.Paths.Select(path => FrameCheck.Problem(Path.Combine(_launch.WorkingDirectory, path), reading.LeastBytes, reading.ChecksPictures)).FirstOrDefault(problem => problem is not null)
            : null;
    }

    /// <summary>One JSON object; empty when there is nothing to say. What is too much is left out, the least important first.</summary>
    private static string Result(Findings findings)
    {
        if (findings.IsEmpty)
        {
            return "";
        }

        var text = Write(findings, 2);
        text = text.Length > MostResult ? Write(findings, 1) : text;
        return Encoding.UTF8.GetString((text.Length > MostResult ? Write(findings, 0) : text).Span);
    }

    private static ReadOnlyMemory<byte> Write(Findings findings, int detail)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            findings.WriteTo(writer, detail);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
