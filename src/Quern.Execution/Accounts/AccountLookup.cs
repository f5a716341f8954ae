using System.Collections.Concurrent;

namespace Quern.Execution.Accounts;

/// <summary>
/// Looks accounts up on threads of its own, each with a deadline: a name service or a PAM module that hangs costs the runs that need it, and no other. A
/// thread that hangs is left behind; with all of them hanging the next question waits for its deadline like the others. Thread-safe.
/// </summary>
internal sealed class AccountLookup(TimeProvider time) : IDisposable
{
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private const int MaxThreads = 8;
    private const int EndMs = 2000;
    private readonly BlockingCollection<Question> _questions = new();
    private int _threads;
    private int _open;
    private int _waiting;

    /// <summary>Answers once, from any thread: with the answer, or with the refusal when there was none in time.</summary>
    internal void Ask(Func<AccountResult> question, Func<AccountResult> overdue, Action<AccountResult> answer)
    {
        var asked = new Question(question, answer);
        Interlocked.Increment(ref _open);
        asked.Timer = time.CreateTimer(_ => Answer(asked, overdue()), null, Deadline, Timeout.InfiniteTimeSpan);
        _questions.Add(asked);
        if (Volatile.Read(ref _waiting) == 0 && Volatile.Read(ref _threads) < MaxThreads)
        {
            Interlocked.Increment(ref _threads);
            new Thread(Loop) { IsBackground = true, Name = "account look-up" }.Start();
        }
    }

    /// <summary>Takes no more questions and waits a moment for the answers that are on their way.</summary>
    public void Dispose()
    {
        _questions.CompleteAdding();
        SpinWait.SpinUntil(() => Volatile.Read(ref _open) == 0, EndMs);
    }

    private void Loop()
    {
        while (true)
        {
            Interlocked.Increment(ref _waiting);
            var isThere = _questions.TryTake(out var question, Timeout.Infinite);
            Interlocked.Decrement(ref _waiting);
            if (!isThere)
            {
                return;
            }

            // Nobody waits any more for one that hung behind others.
            if (!question!.IsAnswered)
            {
                Answer(question, question.Ask());
            }
        }
    }

    private void Answer(Question question, AccountResult result)
    {
        if (question.Claim())
        {
            question.Timer?.Dispose();
            question.Answer(result);
            Interlocked.Decrement(ref _open);
        }
    }

    private sealed class Question(Func<AccountResult> ask, Action<AccountResult> answer)
    {
        private int _answered;

        internal Func<AccountResult> Ask { get; } = ask;

        internal Action<AccountResult> Answer { get; } = answer;

        internal ITimer? Timer { get; set; }

        internal bool IsAnswered => Volatile.Read(ref _answered) != 0;

        internal bool Claim() => Interlocked.Exchange(ref _answered, 1) == 0;
    }
}
