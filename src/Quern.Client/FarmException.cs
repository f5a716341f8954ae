namespace Quern.Client;

/// <summary>The farm refused, or could not be reached; the text is one line for people. Below it two more may show an expression with a mark under the place; these
/// begin with <see cref="Excerpt"/>.</summary>
/// <param name="isReached">False when no answer came: nothing is known of what was asked.</param>
public sealed class FarmException(string message, bool isReached, Exception? cause = null) : Exception(message, cause)
{
    public const string Excerpt = "    ";

    public bool IsReached => isReached;
}
