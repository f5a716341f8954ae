namespace Quern.Worker;

/// <summary>Why the worker does not start or go on: one line for people (what failed, why, what to do next).</summary>
internal sealed class RefusalException : Exception
{
    public RefusalException(string text)
        : base(text)
    {
    }

    public RefusalException(string text, Exception cause)
        : base(text, cause)
    {
    }
}
