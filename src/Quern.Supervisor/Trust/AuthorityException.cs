namespace Quern.Supervisor.Trust;

/// <summary>The farm's authority cannot be used; the text is one line for whoever starts the supervisor.</summary>
internal sealed class AuthorityException(string message, Exception? cause = null) : Exception(message, cause);
