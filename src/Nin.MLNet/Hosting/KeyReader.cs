using Microsoft.ML;

namespace Nin.MLNet.Hosting;

/// <summary>Reads a key column of any width as an unsigned number; 0 means missing.</summary>
internal static class KeyReader
{
    public static ValueGetter<ulong> Of(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type.RawType == typeof(byte))
            return Widen<byte>(row, column);
        if (column.Type.RawType == typeof(ushort))
            return Widen<ushort>(row, column);
        return column.Type.RawType == typeof(uint) ? Widen<uint>(row, column) : row.GetGetter<ulong>(column);
    }

    private static ValueGetter<ulong> Widen<T>(DataViewRow row, DataViewSchema.Column column)
        where T : struct, IConvertible
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return (ref ulong wide) =>
        {
            getter(ref value);
            wide = value.ToUInt64(null);
        };
    }
}
