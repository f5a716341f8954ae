namespace Quern.Store;

/// <summary>The store could not do what it was asked; the text says what, why and what to do.</summary>
public sealed class StoreException(string message, Exception? cause) : Exception(message, cause);
