namespace Cqrs.Gateway.Listening;

/// <summary>A server cannot listen where its settings say.</summary>
/// <param name="faults">One line for each address: the setting, what is wrong, and an example.</param>
public sealed class ListenException(IReadOnlyList<string> faults, Exception? inner = null) : IOException(string.Join(Environment.NewLine, faults), inner)
{
    /// <summary>One line for each address: the setting, what is wrong, and an example.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
