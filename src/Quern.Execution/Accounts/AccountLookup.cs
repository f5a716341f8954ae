namespace Quern.Execution.Accounts;

/// <summary>
/// Looks accounts up on threads of its own, each with a deadline: a name service or a PAM module that hangs costs the runs that need it, and no other. A
/// thread that hangs is left behind; with all of them hanging the next question waits for its deadline like the others. Thread-safe.
/// </summary>
/// <param name="late">What is done with an answer that came after its deadline.</param>
internal sealed class AccountLookup<TAnswer>(TimeProvider time, Action<TAnswer>? late = null) : IDisposable
{
    internal static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(30);
    private const int MaxThreads = 8;
    private const int EndMs = 2000;
    private readonly object _gate = new();
    private readonly Queue<Question> _questions = new();
    private int _threads;
    private int _idle;
    private int _open;
    private bool _isEnding;

    /// <summary>Answers once, from any thread: with the answer, or with the refusal when there was none in time.</summary>
    internal void Ask(Func<TAnswer> question, Func<TAnswer> overdue, Action<TAnswer> answer)
    {
        var asked = new Question(question, answer);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isEnding, this);
            Interlocked.Increment(ref _open);
            asked.Timer = time.CreateTimer(_ => Answer(asked, overdue()), null, Deadline, Timeout.InfiniteTimeSpan);
            _questions.Enqueue(asked);
            if (_questions.Count > _idle && _threads < MaxThreads)
            {
                // A thread that was woken and has not taken its question yet still counts as idle, and so does its question.
                _threads++;
                new Thread(Loop) { IsBackground = true, Name = "account look-up" }.Start();
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes no more questions and waits a moment for the answers that are on their way.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            Monitor.PulseAll(_gate);
        }

        SpinWait.SpinUntil(() => Volatile.Read(ref _open) == 0, EndMs);
    }

    private void Loop()
    {
        while (Take() is { } question)
        {
            // Nobody waits any more for one that hung behind others.
            if (!question.IsAnswered)
            {
                Answer(question, question.Ask());
            }
        }
    }

    /// <summary>Waits for a question; null when none will come.</summary>
    private Question? Take()
    {
        lock (_gate)
        {
            while (_questions.Count == 0 && !_isEnding)
            {
                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }

            return _questions.TryDequeue(out var question) ? question : null;
        }
    }

    private void Answer(Question question, TAnswer result)
    {
        if (question.Claim())
        {
            question.Timer?.Dispose();
            question.Answer(result);
            Interlocked.Decrement(ref _open);
        }
        else
        {
            late?.Invoke(result);
        }
    }

    private sealed class Question(Func<TAnswer> ask, Action<TAnswer> answer)
    {
        private int _answered;

        internal Func<TAnswer> Ask { get; } = ask;

        internal Action<TAnswer> Answer { get; } = answer;

        internal ITimer? Timer { get; set; }

        internal bool IsAnswered => Volatile.Read(ref _answered) != 0;

        internal bool Claim() => Interlocked.Exchange(ref _answered, 1) == 0;
    }
}
