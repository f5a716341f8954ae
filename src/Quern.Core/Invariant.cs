namespace Quern.Core;

/// <summary>A broken invariant is a bug: it stops the program with the state in the text.</summary>
public sealed class InvariantException(string message) : Exception(message);

internal static class Invariant
{
    public static void Holds(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvariantException("invariant broken: " + what);
        }
    }
}
