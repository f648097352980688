// ExposeInternals <assembly> <copy>: copies an assembly, turning the visibility "internal" of its types and members
// into "public". The flags are patched in place; private members stay private and no code changes.
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

var image = File.ReadAllBytes(args[0]);
using (var pe = new PEReader(new MemoryStream(image)))
{
    var metadata = pe.GetMetadataReader();
    int Row(TableIndex table, EntityHandle handle) =>
        pe.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(table) +
        ((MetadataTokens.GetRowNumber(handle) - 1) * metadata.GetTableRowSize(table));

    // A TypeDef row starts with its flags.
    foreach (var handle in metadata.TypeDefinitions)
    {
        switch (metadata.GetTypeDefinition(handle).Attributes & TypeAttributes.VisibilityMask)
        {
            case TypeAttributes.NotPublic:
                SetAccess(Row(TableIndex.TypeDef, handle), (int)TypeAttributes.Public);
                break;
            case TypeAttributes.NestedAssembly or TypeAttributes.NestedFamANDAssem or TypeAttributes.NestedFamORAssem:
                SetAccess(Row(TableIndex.TypeDef, handle), (int)TypeAttributes.NestedPublic);
                break;
        }
    }

    // A MethodDef row is RVA (4 bytes), implementation flags (2), flags (2); a Field row starts with its flags.
    foreach (var handle in metadata.MethodDefinitions)
        Expose(Row(TableIndex.MethodDef, handle) + 6);
    foreach (var handle in metadata.FieldDefinitions)
        Expose(Row(TableIndex.Field, handle));
}

File.WriteAllBytes(args[1], image);

void Expose(int flags)
{
    if (((MethodAttributes)image[flags] & MethodAttributes.MemberAccessMask)
        is MethodAttributes.Assembly or MethodAttributes.FamANDAssem or MethodAttributes.FamORAssem)
    {
        SetAccess(flags, (int)MethodAttributes.Public);
    }
}

// Types, methods and fields all store their access in the lowest three bits.
void SetAccess(int flags, int access) => image[flags] = (byte)((image[flags] & ~7) | access);
