//! Thumbnails and what is read out of media files.

use super::{Seed, differing, text};

/// Extensions of camera originals, comma-separated.
macro_rules! raw_exts {
    () => {
        "3fr,ari,arw,bay,braw,crw,cr2,cr3,cap,data,dcs,dcr,dng,drf,eip,erf,fff,gpr,iiq,k25,\
         kdc,mdc,mef,mos,mrw,nef,nrw,obm,orf,pef,ptx,pxn,r3d,raf,raw,rwl,rw2,rwz,sr2,srf,srw,\
         tif,x3f"
    };
}

pub(super) const RAW_EXTS: &str = raw_exts!();

/// What the `vips` tool reads besides camera originals.
macro_rules! vips_exts {
    () => {
        "csv,mat,img,hdr,pbm,pgm,ppm,pfm,pnm,svg,svgz,j2k,jp2,jpt,j2c,jpc,gif,png,jpg,jpeg,\
         jpe,webp,tif,tiff,fits,fit,fts,exr,jxl,pdf,heic,heif,avif,svs,vms,vmu,ndpi,scn,mrxs,\
         svslide,bif,raw"
    };
}

const VIDEO_EXTS: &str = "3g2,3gp,asf,asx,avi,divx,flv,m2ts,m2v,m4v,mkv,mov,mp4,mpeg,mpg,mts,mxf,ogv,rm,swf,\
 webm,wmv";

const OFFICE_EXTS: &str = "txt,pdf,md,ods,ots,fods,uos,xlsx,xml,xls,xlt,dif,dbf,html,slk,csv,xlsm,docx,dotx,\
 doc,dot,rtf,xlst,xlw,xlc,pptx,ppsx,potx,pomx,ppt,pps,ppm,pot,pom";

pub(super) static THUMBNAILS: &[Seed] = &[
    text("thumb_width", "400"),
    text("thumb_height", "300"),
    text("thumb_entity_suffix", "{blob_path}/{blob_name}._thumb"),
    text("thumb_slave_sidecar_suffix", "._thumb_sidecar"),
    differing("thumb_encode_method", "png", "jpg"),
    differing("thumb_encode_quality", "95", "85"),
    text("thumb_gc_after_gen", "0"),
];

pub(super) static GENERATORS: &[Seed] = &[
    text("thumb_music_cover_enabled", "1"),
    text("thumb_music_cover_max_size", "1073741824"),
    text("thumb_music_cover_exts", "mp3,m4a,ogg,flac"),
    text("thumb_libreoffice_enabled", "0"),
    text("thumb_libreoffice_max_size", "78643200"),
    text("thumb_libreoffice_exts", OFFICE_EXTS),
    text("thumb_libreoffice_path", "soffice"),
    text("thumb_libraw_enabled", "0"),
    text("thumb_libraw_max_size", "78643200"),
    text("thumb_libraw_exts", RAW_EXTS),
    text("thumb_libraw_path", "simple_dcraw"),
    text("thumb_vips_enabled", "0"),
    text("thumb_vips_max_size", "78643200"),
    text("thumb_vips_exts", concat!(raw_exts!(), ",", vips_exts!())),
    text("thumb_vips_path", "vips"),
    text("thumb_ffmpeg_enabled", "0"),
    text("thumb_ffmpeg_max_size", "10737418240"),
    text("thumb_ffmpeg_exts", VIDEO_EXTS),
    text("thumb_ffmpeg_path", "ffmpeg"),
    text("thumb_ffmpeg_seek", "00:00:01.00"),
    text("thumb_ffmpeg_extra_args", "-hwaccel auto"),
    text("thumb_builtin_enabled", "1"),
    text("thumb_builtin_max_size", "78643200"),
];

pub(super) static META: &[Seed] = &[
    text("media_meta", "1"),
    text("media_meta_exif", "1"),
    text("media_meta_exif_size_local", "1073741824"),
    text("media_meta_exif_size_remote", "104857600"),
    text("media_meta_exif_brute_force", "1"),
    text("media_meta_music", "1"),
    text("media_meta_music_size_local", "1073741824"),
    // The odd name is the one administrators' pages write.
    text("media_exif_music_size_remote", "1073741824"),
    differing("media_meta_ffprobe", "0", "1"),
    text("media_meta_ffprobe_path", "ffprobe"),
    text("media_meta_ffprobe_size_local", "0"),
    text("media_meta_ffprobe_size_remote", "0"),
    text("media_meta_geocoding", "0"),
    text("media_meta_geocoding_mapbox_ak", ""),
];
