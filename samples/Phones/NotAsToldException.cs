using System.Runtime.CompilerServices;

namespace Cqrs.Phones;

/// <summary>What a phone shows is not what the story says.</summary>
internal sealed class NotAsToldException(string message) : Exception(message)
{
    /// <summary>Goes on only if it is as told.</summary>
    /// <param name="told">Its own text is the message.</param>
    public static void Unless(bool isSo, [CallerArgumentExpression(nameof(isSo))] string told = "")
    {
        if (!isSo) throw new NotAsToldException(told);
    }
}
