namespace Quern.Configuration;

/// <summary>The settings cannot be used; the text is one line: where, what, what to do.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
