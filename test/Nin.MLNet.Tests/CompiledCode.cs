using System.Reflection;
using System.Reflection.Emit;

namespace Nin.MLNet.Tests;

/// <summary>What compiled methods call and which types they name, read from their IL.</summary>
internal static class CompiledCode
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
    private static readonly OpCode[] OneByte = new OpCode[256], TwoBytes = new OpCode[256];

    static CompiledCode()
    {
        foreach (var code in typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!))
            (code.Size == 1 ? OneByte : TwoBytes)[code.Value & 0xFF] = code;
    }

    public static IEnumerable<MethodBase> MethodsOf(Type type) => type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All));

    /// <summary>All methods named in a method's body.</summary>
    public static IEnumerable<MethodBase> CallsOf(MethodBase method) => MembersOf(method).OfType<MethodBase>();

    /// <summary>
    /// All types that a type needs: bases, fields, signatures, locals and those its method bodies name, with generic arguments.
    /// </summary>
    public static IEnumerable<Type> TypesNamedBy(Type type)
    {
        List<Type?> named = [type.BaseType, .. type.GetInterfaces(), .. type.GetFields(All).Select(field => field.FieldType)];
        foreach (var method in MethodsOf(type))
        {
            named.AddRange(method.GetParameters().Select(parameter => parameter.ParameterType));
            named.Add((method as MethodInfo)?.ReturnType);
            named.AddRange(method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? []);
            foreach (var member in MembersOf(method))
            {
                named.Add(member as Type ?? member.DeclaringType);
                named.Add((member as FieldInfo)?.FieldType ?? (member as MethodInfo)?.ReturnType);
            }
        }

        return named.OfType<Type>().SelectMany(Parts).Distinct();
    }

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
    }

    private static List<MemberInfo> MembersOf(MethodBase method)
    {
        var members = new List<MemberInfo>();
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var ofType = method.DeclaringType?.GetGenericArguments();
        var ofMethod = method is MethodInfo { IsGenericMethod: true } ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var operation = code[at] == 0xFE ? TwoBytes[code[at + 1]] : OneByte[code[at]];
            at += operation.Size;
            if (operation.OperandType
                is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                members.Add(method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod)!);
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }

        return members;
    }
}
