using Quern.Execution.JobTypes;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// A run whose items an application serves. It is started when there is a first item, asks for work and gets the items of the run one at a time; an item counts as started when it was handed over.
/// <code>
///   none --item held--> loading --request--> asking --item--> working --report--> loading
///                          \--exit: the instance has failed      \--exit, kill, time limit: the item has failed; none
///                                                  asking --nothing for as long as it waits--> resting --request--> asking
///                                                  asking --no more items--> dismissed --exit--> none
/// </code>
/// </summary>
internal sealed partial class RunServer
{
    /// <summary>Between its last word and its end.</summary>
    private const long LeaveMs = 60_000;

    /// <summary>Applications that end in a row, without a whole item between, before the instance has failed.</summary>
    private const int MostCrashes = 3;

    private readonly Deadline _leaveLimit = new();
    private Application? _application;
    private ApplicationInput? _messages;
    private int _crashes;

    /// <summary>Why the one command of the run is to be run again elsewhere; empty = it is not.</summary>
    private string _gaveBack = "";

    /// <summary>Of the instance, once no more items come.</summary>
    private string _next = FinishRun.Complete;

    private bool IsServed => _launch.Application is not null;

    /// <summary>The next item, when somebody can take it: a command can at any time, an application when it asks.</summary>
    private ItemLease? TakeItem()
    {
        if (IsServed && _application is null && _held.Count > 0)
        {
            LoadApplication();
        }

        return !IsServed || _application is { IsAsking: true } ? _held.Take() : null;
    }

    private void LoadApplication()
    {
        if (BeginApplication() is { Length: > 0 } problem)
        {
            FailInstance(problem);
        }
    }

    /// <summary>Starts it and tells it the job. The text is empty, or says why it was not started.</summary>
    private string BeginApplication()
    {
        var problem = _system.StartApplication(out var pid, out var notice);
        Tell(notice);
        if (problem.Length == 0)
        {
            _messages = new ApplicationInput(Said, line => TakeOutput(isError: false, line.Span));
            _application = new Application(pid);
            _system.Say(ApplicationLines.Job(_launch));
        }

        return problem;
    }

    /// <summary>Nothing more of the run's items can be done here.</summary>
    private void FailInstance(string text) => Refuse(new RunVerdict(VerdictKind.Failed, 0, text));

    private void Refuse(RunVerdict verdict)
    {
        _refusal = verdict;
        _isFinishing = true;
        ReleaseHeld();
    }

    /// <summary>Before the run may close the application has to go: it is told when it asks.</summary>
    /// <returns>Null while it does not ask.</returns>
    private Work? Dismissal() => _application is { IsAsking: true } ? new Work(WorkKind.Farewell, null, [], []) { HasCommand = true } : null;

    private void ReadMessages()
    {
        HearOut();
        if (!_isDone)
        {
            StartNext();
        }
    }

    /// <summary>What it has said so far.</summary>
    private void HearOut()
    {
        int count;
        while (_application is { IsMute: false } && (count = _system.ReadMessages(_buffer)) != 0)
        {
            if (count > 0)
            {
                _messages!.Feed(_buffer.AsSpan(0, count));
            }
            else
            {
                BecomeMute(_application);
            }
        }
    }

    /// <summary>It cannot ask any more. Its end is waited for, and not for ever.</summary>
    private void BecomeMute(Application application)
    {
        (application.IsMute, application.IsAsking) = (true, false);
        _messages!.Finish();
        _system.CloseLine();
        if (_launch.HasAgenda)
        {
            _leaveLimit.Set(LeaveMs);
        }
    }

    /// <summary>It has said its last word and does not go.</summary>
    private void EndStaying()
    {
        if (_running is { IsCheck: true })
        {
            _leaveLimit.Set(TellMs);
        }
        else if (_application is { } application)
        {
            _running ??= Leaving(application);
            StopRunning(_running.Work.Kind == WorkKind.Item ? ItemEndCause.TimedOut : ItemEndCause.Stopped, $"its application did not end within {LeaveMs / 1000} s of its last word", _launch.KillGraceSeconds);
        }
    }

    private static Running Leaving(Application application) => new(new Work(WorkKind.Farewell, null, [], []), application.Pid, IsCheck: false, IsBefore: false, "");

    private void Said(ApplicationMessage message)
    {
        if (_application is not { } application || _isDone)
        {
            return;
        }

        switch (message)
        {
            case WorkRequested request:
                Asked(application, request);
                break;
            case WorkReported report:
                Reported(report);
                break;
            case EndReported report:
                application.Report = report;
                if (_running is { IsCheck: false, Work: { Kind: WorkKind.Command } work })
                {
                    work.Findings.Take(report.Result);
                }

                _leaveLimit.Set(LeaveMs);
                break;
        }
    }

    private void Asked(Application application, WorkRequested request)
    {
        EndRest(application);
        application.HasAsked = true;
        if (_running is { IsCheck: false, Cause: null, Work.Kind: WorkKind.Item } && _running.Pid == application.Pid)
        {
            EndItem(new WorkReported(-1, "failed", -1, null, "its application asked for the next item without a report on this one"));
        }

        if (!_launch.HasAgenda || application.IsDismissed)
        {
            _system.Say(ApplicationLines.NoItem(_next));
            return;
        }

        application.IsAsking = true;
        LimitWait(application, request.WaitSeconds);
    }

    /// <summary>What is about another item than the one it has comes too late.</summary>
    private void Reported(WorkReported report)
    {
        if (_running is not { IsCheck: false, Cause: null, Work: { Kind: WorkKind.Item or WorkKind.Command } work } || (report.Item >= 0 && report.Item != (work.Item?.Item ?? report.Item)))
        {
            return;
        }

        if (report.Status is not ("running" or "") && work.Kind == WorkKind.Item)
        {
            EndItem(report);
            return;
        }

        work.Findings.Take(report.Result, report.Progress);
        if (work.Findings.IsNews && !_tell.IsSet)
        {
            _tell.Set(TellMs);
        }
    }

    /// <summary>The application is done with the item that it has, and lives on.</summary>
    private void EndItem(WorkReported report)
    {
        var work = _running!.Work;
        ReadAll(isError: false);
        ReadAll(isError: true);
        _running = null;
        _itemLimit.Clear();
        work.Findings.Take(report.Result, report.Progress);
        var isComplete = report.Status == "complete";
        work.Exit = new CommandExit(isComplete ? 0 : 1, 0);
        work.Usage = _system.TakeUsage();
        Judge(work);
        if (!isComplete && work.Verdict.Kind == VerdictKind.None)
        {
            work.Verdict = new RunVerdict(VerdictKind.Failed, 0, report.Text.Length > 0 ? OneLine(report.Text) : $"its job type '{_launch.JobType}' reported it {(report.Status is "failed" or "" ? "failed" : $"'{OneLine(report.Status)}'")}");
        }

        _crashes = 0;
    }

    /// <summary>What it wrote before it said that it is done.</summary>
    private void ReadAll(bool isError)
    {
        while (!_journal.IsBroken && _system.ReadOutput(isError, _buffer) is > 0 and var count)
        {
            TakeOutput(isError, _buffer.AsSpan(0, count));
        }
    }

    /// <summary>Hands the item over, or says goodbye, or starts it for the one command of the run.</summary>
    private void StartServed(Work work)
    {
        if (work.Kind == WorkKind.Command && BeginApplication() is { Length: > 0 } problem)
        {
            (work.Cause, work.Text) = (ItemEndCause.NotStarted, problem);
            work.Verdict = new RunVerdict(VerdictKind.Failed, 0, problem);
            return;
        }

        if (_application is not { } application)
        {
            // It ended while a check ran.
            (work.Cause, work.Text) = (ItemEndCause.NotStarted, "its application ended before it had the item");
            return;
        }

        _running = new Running(work, application.Pid, IsCheck: false, IsBefore: false, "");
        application.IsAsking = false;
        if (work.Item is { } item)
        {
            Started(work, application.Pid);
            _itemLimit.Set(_launch.ItemTimeLimitSeconds * 1000L);
            _system.Say(ApplicationLines.Item(item, _launch.Padding, "running"));
        }
        else if (work.Kind == WorkKind.Farewell)
        {
            application.IsDismissed = true;
            _leaveLimit.Set(LeaveMs);
            _system.Say(ApplicationLines.NoItem(_next));
        }
    }

    /// <summary>Its item was refused by a check: it hears of it and goes on asking.</summary>
    private void TellRefused(Work work)
    {
        if (_application is { IsAsking: true } application && work.Item is { } item)
        {
            application.IsAsking = false;
            _system.Say(ApplicationLines.Item(item, _launch.Padding, "failed"));
        }
    }

    /// <summary>It ended, with an item in hand or without.</summary>
    private Application EndApplication()
    {
        var ended = _application!;
        HearOut();
        _messages!.Finish();
        _application = null;
        _system.ForgetApplication();
        _leaveLimit.Clear();
        _waitLimit.Clear();
        return ended;
    }

    /// <summary>It ended without an item, while nothing or a check ran.</summary>
    private void ApplicationGone(CommandExit exit)
    {
        if (_running is null)
        {
            _system.Kill(0, out _);
        }

        Drain(isError: false);
        Drain(isError: true);
        FinishLines();
        HearFarewell(EndApplication(), exit);
        StartNext();
    }

    /// <summary>The application ended by itself, or by the proxy's doing, while it had <paramref name="work"/>.</summary>
    private void AccountApplication(Work work, Application application, bool wasStopped)
    {
        switch (work.Kind)
        {
            case WorkKind.Item when !wasStopped:
                work.Verdict = work.Verdict.Kind == VerdictKind.None ? new RunVerdict(VerdictKind.Failed, 0, $"its application {How(work.Exit)} while it had the item") : work.Verdict;
                Crashed();
                break;
            case WorkKind.Command when application.Report is { BlamesHost: true } report:
                work.Verdict = Blame(report);
                break;
            case WorkKind.Command when application.Report is { Status: "pending" or "blocked" } report:
                _gaveBack = $"its job type '{_launch.JobType}' gave it back ({report.Status})";
                break;
            case WorkKind.Command when application.Report is { } report:
                work.Exit = report.Status == "failed" && work.Exit == default ? new CommandExit(1, 0) : report.Status == "failed" ? work.Exit : default;
                work.Cause = ItemEndCause.Exited;
                work.Verdict = report.Status == "failed" && work.Verdict.Kind == VerdictKind.None
                    ? new RunVerdict(VerdictKind.Failed, 0, report.Text.Length > 0 ? OneLine(report.Text) : $"its job type '{_launch.JobType}' reported it failed")
                    : work.Verdict;
                break;
            case WorkKind.Farewell:
                HearFarewell(application, work.Exit);
                break;
            default:
                break;
        }
    }

    /// <summary>It ended without an item: at its end, of its own will, or before it could work.</summary>
    private void HearFarewell(Application application, CommandExit exit)
    {
        if (_end is not null)
        {
            return;
        }

        if (application.Report is { BlamesHost: true } blame)
        {
            Refuse(Blame(blame));
        }
        else if (application.Report is { Status: "failed" } report)
        {
            FailInstance(report.Text.Length > 0 ? OneLine(report.Text) : $"its job type '{_launch.JobType}' reported the instance failed");
        }
        else if (application is { IsDismissed: false, HasAsked: false })
        {
            var error = application.Loading.FirstError is { } line ? $": {line}" : "";
            Refuse(LicenceRefusal(application.Loading, exit) ?? new RunVerdict(VerdictKind.Failed, 0, $"the application of job type '{_launch.JobType}' {How(exit)} before it asked for work{error}"));
        }
        else if (application is { IsDismissed: false, Report: not null })
        {
            // It wants no more; what is left is for another run.
            _isFinishing = true;
            ReleaseHeld();
        }
        else if (!application.IsDismissed)
        {
            Note($"the application of job type '{_launch.JobType}' {How(exit)} between two items");
            Crashed();
        }
    }

    private RunVerdict Blame(EndReported report) =>
        new(VerdictKind.HostBlamed, _launch.Checks.BlameSeconds, report.Text.Length > 0 ? OneLine(report.Text) : $"its job type '{_launch.JobType}' blames the host");

    private void Crashed()
    {
        if (++_crashes >= MostCrashes && _end is null)
        {
            FailInstance($"the application of job type '{_launch.JobType}' ended {_crashes} times in a row without a whole item between");
        }
    }

    private static string How(CommandExit exit) => exit.Signal != 0 ? $"was ended by signal {exit.Signal}" : $"ended (exit code {exit.Code})";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim() is var line && line.Length > 500 ? line[..500] : line;
}
