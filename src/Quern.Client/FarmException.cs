namespace Quern.Client;

/// <summary>The farm refused, or could not be reached; the text is one line for people.</summary>
/// <param name="isReached">False when no answer came: nothing is known of what was asked.</param>
public sealed class FarmException(string message, bool isReached, Exception? cause = null) : Exception(message, cause)
{
    public bool IsReached => isReached;
}
